/** Adds an operator, or changes role, sites and password of one. */
import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Form, Input } from "antd";
import { must } from "@/shared/api";
import { FormDialog } from "@/shared/FormDialog";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { type RoleChosen, RoleFields, sitesOf } from "../../../parts/role";
import { operatorWords } from "../words";

type Operator = Schema<"OperatorView">;
type Fields = RoleChosen & { username?: string; password?: string };

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
  const queries = useQueryClient();
  const { message } = App.useApp();
  const save = async ({ username = "", password, ...chosen }: Fields) => {
    const { role } = chosen;
    const sites = sitesOf(chosen);
    if (operator) {
      const params = { path: { username: operator.username } };
      const body = { role, sites, password: password || undefined };
      await api.PATCH("/api/v1/operators/{username}", { params, body });
      message.success(w.saved);
    } else {
      const body = { username, password: password ?? "", role, sites };
      await must(api.POST("/api/v1/operators", { body }));
    }
    void queries.invalidateQueries({ queryKey: ["operators"] });
    onClose();
  };
  return (
    <FormDialog<Fields>
      open={open}
      title={operator ? `${w.edit}: ${operator.username}` : w.add}
      action={operator ? w.save : w.addDo}
      initial={operator ? { role: operator.role, sites: operator.sites ?? [] } : { role: "viewer" }}
      send={save}
      onClose={onClose}
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
      <RoleFields says={w} />
      <Form.Item
        name="password"
        label={operator ? w.newPassword : w.password}
        extra={operator ? w.newPasswordHelp : w.passwordHelp}
        rules={[{ required: !operator, min: 10, max: 256, message: w.passwordWrong }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      {operator ? <Alert type="info" showIcon title={w.endsSessions} style={{ marginBottom: 16 }} /> : null}
    </FormDialog>
  );
}
