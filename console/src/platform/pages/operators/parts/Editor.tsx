/** Adds an operator, or changes role, sites and password of one. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Form, Input, Modal, Radio } from "antd";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { SitesField } from "../../../parts/sites";
import { operatorWords } from "../words";

type Operator = Schema<"OperatorView">;
type Fields = { username?: string; password?: string; role: string; sites?: string[] };

export function Editor({
  open,
  operator,
  onClose,
}: {
  open: boolean;
  /** Who is changed; somebody new is added without. */
  operator: Operator | null;
  onClose: () => void;
}) {
  const w = useWords(operatorWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Fields>();
  const role = Form.useWatch("role", form);
  const save = useMutation({
    mutationFn: ({ username = "", password, sites, role: asked }: Fields) => {
      const some = asked !== "admin" && sites?.length ? sites : null;
      if (!operator) {
        const body = { username, password: password ?? "", role: asked, sites: some };
        return must(api.POST("/api/v1/operators", { body }));
      }
      const params = { path: { username: operator.username } };
      const body = { role: asked, sites: some, password: password || undefined };
      return must(api.PATCH("/api/v1/operators/{username}", { params, body }));
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["operators"] });
      if (operator) message.success(w.saved);
      onClose();
    },
  });
  return (
    <Modal
      open={open}
      title={operator ? `${w.edit}: ${operator.username}` : w.add}
      okText={operator ? w.save : w.addDo}
      cancelText={w.cancel}
      okButtonProps={{ loading: save.isPending }}
      onOk={form.submit}
      onCancel={onClose}
      afterClose={save.reset}
      destroyOnHidden
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        initialValues={operator ? { role: operator.role, sites: operator.sites ?? [] } : { role: "viewer" }}
        onFinish={save.mutate}
        preserve={false}
      >
        {operator ? null : (
          <Form.Item
            name="username"
            label={w.name}
            extra={w.nameHelp}
            rules={[{ required: true, pattern: /^[\w.@-]{1,64}$/, message: w.nameWrong }]}
          >
            <Input autoComplete="off" />
          </Form.Item>
        )}
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
        <Form.Item
          name="password"
          label={operator ? w.newPassword : w.password}
          extra={operator ? w.newPasswordHelp : w.passwordHelp}
          rules={[{ required: !operator, min: 10, max: 256, message: w.passwordWrong }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        {operator ? <Alert type="info" showIcon title={w.endsSessions} /> : null}
        {save.error ? (
          <Alert type="error" showIcon role="alert" title={text(save.error)} style={{ marginTop: 12 }} />
        ) : null}
      </Form>
    </Modal>
  );
}
