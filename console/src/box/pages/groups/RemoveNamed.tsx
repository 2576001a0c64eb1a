/** Removes a group or library: its name is typed, and whether its people go with it is chosen. */
import { App, Checkbox, Typography } from "antd";
import { useState } from "react";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { useWords } from "@/shared/words";
import { says } from "./words";

export function RemoveNamed({
  which,
  name,
  remove,
  onClose,
  onDone,
}: {
  which: "groups" | "libraries";
  name: string | null;
  remove: (name: string, peopleToo: boolean) => Promise<unknown>;
  onClose: () => void;
  onDone: () => void;
}) {
  const w = useWords(says);
  const { message } = App.useApp();
  const [peopleToo, setPeopleToo] = useState(false);
  const close = () => {
    setPeopleToo(false);
    onClose();
  };
  const confirm = async () => {
    if (name === null) return;
    await remove(name, peopleToo);
    message.success(w.removed(name));
    onDone();
  };
  return (
    <TypedConfirm
      open={name !== null}
      title={w[which].remove}
      name={name ?? ""}
      action={w.removeShort}
      onConfirm={confirm}
      onClose={close}
    >
      <Typography.Paragraph>{peopleToo ? null : w.peopleStay}</Typography.Paragraph>
      <Typography.Paragraph>
        <Checkbox checked={peopleToo} onChange={(event) => setPeopleToo(event.target.checked)}>
          {w.peopleToo}
        </Checkbox>
      </Typography.Paragraph>
    </TypedConfirm>
  );
}
