/** A drawer with a form that is sent, for what is longer than a dialog: its buttons stay in sight, and what went wrong is above them. */
import { Button, Drawer, Flex, Form, type FormInstance } from "antd";
import { type ReactNode, useId } from "react";
import { FormFailure } from "./Failure";
import { useWork } from "./useWork";
import { useWords, words } from "./words";

const says = words({ en: { cancel: "Cancel" }, zh: { cancel: "取消" } });

type Props<Fields> = {
  open: boolean;
  title: string;
  /** What its button says; without one the form is hidden and cannot be sent yet. */
  action: string | null;
  initial: { [name in keyof Fields]?: unknown };
  /** For those who fill the form in themselves. */
  form?: FormInstance<Fields>;
  /** Sends it, and closes the drawer when that is done; what is thrown is shown. It is given also what no field shows. */
  send: (fields: Fields) => Promise<unknown>;
  onClose: () => void;
  width?: number;
  /** Above the form. */
  before?: ReactNode;
  children: ReactNode | ((busy: boolean) => ReactNode);
};

export function FormDrawer<Fields extends object>(props: Props<Fields>) {
  const { open, title, action, initial, send, onClose, width = 520, before, children } = props;
  const w = useWords(says);
  const id = useId();
  const [own] = Form.useForm<Fields>();
  const form = props.form ?? own;
  const { busy, failure, run, forget } = useWork();
  const buttons = (
    <Flex gap={8} justify="end">
      <Button onClick={onClose}>{w.cancel}</Button>
      <Button type="primary" htmlType="submit" form={id} loading={busy}>
        {action}
      </Button>
    </Flex>
  );
  const begin = (isOpen: boolean) => {
    if (isOpen) return;
    form.resetFields();
    forget();
  };
  return (
    <Drawer
      open={open}
      title={title}
      size={width}
      onClose={onClose}
      afterOpenChange={begin}
      destroyOnHidden
      footer={action === null ? null : buttons}
    >
      {before}
      <Form<Fields>
        id={id}
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={initial as Fields}
        onFinish={() => run(() => send(form.getFieldsValue(true) as Fields))}
        disabled={busy}
        scrollToFirstError
        hidden={action === null}
      >
        {typeof children === "function" ? children(busy) : children}
        <FormFailure error={failure} />
      </Form>
    </Drawer>
  );
}
