/** Adds one box. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Form, Modal } from "antd";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords, words } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { BoxFields, type NewBoxFields } from "./BoxFields";

const says = words({
  en: { title: "Add a box", add: "Add and pair", cancel: "Cancel" },
  zh: { title: "添加设备", add: "添加并配对", cancel: "取消" },
});

export function AddBox({
  open,
  onClose,
  onAdded,
}: {
  open: boolean;
  onClose: () => void;
  onAdded: (box: Schema<"BoxView">) => void;
}) {
  const w = useWords(says);
  const text = useErrorText();
  const queries = useQueryClient();
  const [form] = Form.useForm<NewBoxFields>();
  const add = useMutation({
    mutationFn: (fields: NewBoxFields) =>
      must(api.POST("/api/v1/boxes", { body: { ...fields, dev_sno: fields.dev_sno?.trim() || undefined } })),
    onSuccess: (box) => {
      void queries.invalidateQueries({ queryKey: ["boxes"] });
      void queries.invalidateQueries({ queryKey: ["sites"] });
      form.resetFields();
      onAdded(box);
    },
  });
  return (
    <Modal
      open={open}
      title={w.title}
      okText={w.add}
      cancelText={w.cancel}
      okButtonProps={{ loading: add.isPending }}
      onOk={form.submit}
      onCancel={onClose}
      afterClose={add.reset}
      destroyOnHidden
    >
      <Form form={form} layout="vertical" initialValues={{ groups: ["0"] }} onFinish={add.mutate}>
        <BoxFields />
        {add.error ? <Alert type="error" showIcon role="alert" title={text(add.error)} /> : null}
      </Form>
    </Modal>
  );
}
