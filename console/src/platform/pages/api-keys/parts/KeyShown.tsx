/** A key's secret, this once. */
import { Alert, Button, Flex, Modal } from "antd";
import { Copyable } from "@/shared/Copyable";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { keyWords } from "../words";

export function KeyShown({ shown, onClose }: { shown: Schema<"ApiKeyShown"> | null; onClose: () => void }) {
  const w = useWords(keyWords);
  const token = shown?.token ?? "";
  return (
    <Modal
      open={shown !== null}
      title={w.shownTitle}
      onCancel={onClose}
      // It cannot be shown again: a click beside it must not take it away.
      mask={{ closable: false }}
      footer={
        <Button type="primary" onClick={onClose}>
          {w.close}
        </Button>
      }
      destroyOnHidden
    >
      <Flex vertical gap={16}>
        <Alert type="warning" showIcon title={w.once} />
        <Copyable label={w.key} value={token} />
        <Copyable
          label={w.try}
          value={`curl -H "Authorization: Bearer ${token}" ${location.origin}/api/v1/boxes`}
        />
      </Flex>
    </Modal>
  );
}
