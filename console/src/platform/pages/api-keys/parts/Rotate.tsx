/** Gives a key another secret. */
import { useQueryClient } from "@tanstack/react-query";
import { Form, Select, Typography } from "antd";
import { must } from "@/shared/api";
import { FormDialog } from "@/shared/FormDialog";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { keyWords } from "../words";

export function Rotate({
  apiKey,
  onClose,
  onMade,
}: {
  apiKey: Schema<"ApiKeyView"> | null;
  onClose: () => void;
  onMade: (key: Schema<"ApiKeyShown">) => void;
}) {
  const w = useWords(keyWords);
  const queries = useQueryClient();
  const rotate = async (body: { overlap: number }) => {
    if (!apiKey) return;
    const params = { path: { id: apiKey.id } };
    const key = await must(api.POST("/api/v1/api-keys/{id}/rotate", { params, body }));
    void queries.invalidateQueries({ queryKey: ["api-keys"] });
    onMade(key);
  };
  return (
    <FormDialog
      open={apiKey !== null}
      title={`${w.rotateTitle}: ${apiKey?.name ?? ""}`}
      action={w.rotate}
      initial={{ overlap: 86_400 }}
      send={rotate}
      onClose={onClose}
    >
      <Typography.Paragraph>{w.rotateHelp}</Typography.Paragraph>
      <Form.Item name="overlap" label={w.overlap}>
        <Select
          options={Object.entries(w.overlaps).map(([value, label]) => ({ value: Number(value), label }))}
        />
      </Form.Item>
    </FormDialog>
  );
}
