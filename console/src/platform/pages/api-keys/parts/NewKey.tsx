/** Makes a key. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, DatePicker, Form, Input, Modal, Radio } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { SitesField } from "../../../parts/sites";
import { keyWords } from "../words";

type Fields = { name: string; role: string; sites?: string[]; ends?: Dayjs | null };

export function NewKey({
  open,
  onClose,
  onMade,
}: {
  open: boolean;
  onClose: () => void;
  onMade: (key: Schema<"ApiKeyShown">) => void;
}) {
  const w = useWords(keyWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const role = Form.useWatch("role", form);
  const make = useMutation({
    mutationFn: ({ ends, sites, ...fields }: Fields) =>
      must(
        api.POST("/api/v1/api-keys", {
          body: {
            ...fields,
            sites: fields.role !== "admin" && sites?.length ? sites : null,
            expires_at: ends ? ends.endOf("day").valueOf() : null,
          },
        }),
      ),
    onSuccess: (key) => {
      void queries.invalidateQueries({ queryKey: ["api-keys"] });
      onMade(key);
    },
  });
  return (
    <Modal
      open={open}
      title={w.add}
      okText={w.make}
      cancelText={w.cancel}
      okButtonProps={{ loading: make.isPending }}
      onOk={form.submit}
      onCancel={onClose}
      afterClose={make.reset}
      destroyOnHidden
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        initialValues={{ role: "viewer" }}
        onFinish={make.mutate}
        preserve={false}
      >
        <Form.Item
          name="name"
          label={w.name}
          extra={w.nameHelp}
          rules={[{ required: true, whitespace: true, max: 64, message: w.need(w.name) }]}
        >
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label={w.role}>
          <Radio.Group
            vertical
            options={(["viewer", "operator", "admin"] as const).map((value) => ({
              value,
              label: w.roles[value],
            }))}
          />
        </Form.Item>
        {role === "admin" ? null : (
          <Form.Item name="sites" label={w.sites} extra={w.sitesHelp}>
            <SitesField placeholder={w.allSites} />
          </Form.Item>
        )}
        <Form.Item name="ends" label={w.ends} extra={w.endsHelp}>
          <DatePicker minDate={dayjs()} placeholder={w.never} style={{ width: 200 }} />
        </Form.Item>
        {make.error ? <Alert type="error" showIcon role="alert" title={text(make.error)} /> : null}
      </Form>
    </Modal>
  );
}
