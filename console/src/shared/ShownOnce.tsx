/** A secret that is shown this once: a click beside the dialog must not take it away. */
import { Alert, Button, Flex, Modal } from "antd";
import type { ReactNode } from "react";

type Props = {
  open: boolean;
  title: string;
  /** That it cannot be shown again. */
  once: string;
  close: string;
  onClose: () => void;
  children: ReactNode;
};

export function ShownOnce({ open, title, once, close, onClose, children }: Props) {
  return (
    <Modal
      open={open}
      title={title}
      onCancel={onClose}
      mask={{ closable: false }}
      footer={
        <Button type="primary" onClick={onClose}>
          {close}
        </Button>
      }
      destroyOnHidden
    >
      <Flex vertical gap={16}>
        <Alert type="warning" showIcon title={once} />
        {children}
      </Flex>
    </Modal>
  );
}
