/** A key's secret, this once. */
import { Copyable } from "@/shared/Copyable";
import { ShownOnce } from "@/shared/ShownOnce";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { keyWords } from "../words";

export function KeyShown({ shown, onClose }: { shown: Schema<"ApiKeyShown"> | null; onClose: () => void }) {
  const w = useWords(keyWords);
  const token = shown?.token ?? "";
  return (
    <ShownOnce open={shown !== null} title={w.shownTitle} once={w.once} close={w.close} onClose={onClose}>
      <Copyable label={w.key} value={token} />
      <Copyable
        label={w.try}
        value={`curl -H "Authorization: Bearer ${token}" ${location.origin}/api/v1/boxes`}
      />
    </ShownOnce>
  );
}
