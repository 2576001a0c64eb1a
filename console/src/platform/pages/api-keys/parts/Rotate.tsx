/** Gives a key another secret. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Form, Modal, Select, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
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
  const text = useErrorText();
  const queries = useQueryClient();
  const [overlap, setOverlap] = useState(86_400);
  const rotate = useMutation({
    mutationFn: (id: string) =>
      must(api.POST("/api/v1/api-keys/{id}/rotate", { params: { path: { id } }, body: { overlap } })),
    onSuccess: (key) => {
      void queries.invalidateQueries({ queryKey: ["api-keys"] });
      onMade(key);
    },
  });
  return (
    <Modal
      open={apiKey !== null}
      title={`${w.rotateTitle}: ${apiKey?.name ?? ""}`}
      okText={w.rotate}
      cancelText={w.cancel}
      okButtonProps={{ loading: rotate.isPending }}
      onOk={() => apiKey && rotate.mutate(apiKey.id)}
      onCancel={onClose}
      afterClose={rotate.reset}
      destroyOnHidden
    >
      <Typography.Paragraph>{w.rotateHelp}</Typography.Paragraph>
      <Form layout="vertical">
        <Form.Item label={w.overlap} htmlFor="overlap">
          <Select
            id="overlap"
            value={overlap}
            onChange={setOverlap}
            options={Object.entries(w.overlaps).map(([value, label]) => ({ value: Number(value), label }))}
          />
        </Form.Item>
      </Form>
      {rotate.error ? <Alert type="error" showIcon role="alert" title={text(rotate.error)} /> : null}
    </Modal>
  );
}
