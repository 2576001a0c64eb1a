/** A dialog with a form that is sent: what went wrong is shown in it, and its button is busy meanwhile. */
import { Form, Modal } from "antd";
import { type ReactNode, useId } from "react";
import { FormFailure } from "./Failure";
import { useWork } from "./useWork";
import { useWords, words } from "./words";

const says = words({ en: { cancel: "Cancel" }, zh: { cancel: "取消" } });

type Props<Fields> = {
  open?: boolean;
  title: string;
  /** What its button says. */
  action: string;
  initial?: { [name in keyof Fields]?: unknown };
  /** Sends it, and closes the dialog when that is done; what is thrown is shown. */
  send: (fields: Fields) => Promise<unknown>;
  onClose: () => void;
  width?: number;
  children: ReactNode;
};

export function FormDialog<Fields extends object>(props: Props<Fields>) {
  const { open = true, title, action, initial, send, onClose, width, children } = props;
  const w = useWords(says);
  const id = useId();
  const { busy, failure, run, forget } = useWork();
  return (
    <Modal
      open={open}
      title={title}
      okText={action}
      cancelText={w.cancel}
      okButtonProps={{ loading: busy, htmlType: "submit", form: id }}
      onCancel={onClose}
      afterClose={forget}
      destroyOnHidden
      {...(width ? { width } : {})}
    >
      <Form<Fields>
        id={id}
        layout="vertical"
        initialValues={initial as Fields}
        onFinish={(fields) => run(() => send(fields))}
        preserve={false}
      >
        {children}
        <FormFailure error={failure} />
      </Form>
    </Modal>
  );
}
