/** Takes people or events off the box for good, after a word was typed. */
import { App, Button, Card, Checkbox, Flex, Typography } from "antd";
import { useState } from "react";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { useWords } from "@/shared/words";
import { wipe } from "../../fog";
import { says } from "./words";

export function Wipe() {
  const w = useWords(says);
  const { message } = App.useApp();
  const [what, setWhat] = useState({ users: false, events: false });
  const [asks, setAsks] = useState(false);
  const named = [what.users ? w.users : null, what.events ? w.history : null].filter(Boolean).join("; ");
  const go = async () => {
    await wipe(what);
    message.success(w.wiped);
    setWhat({ users: false, events: false });
  };
  return (
    <Card size="small" className="narrow">
      <Typography.Paragraph type="secondary">{w.wipeHint}</Typography.Paragraph>
      <Flex vertical gap={8} align="start">
        <Checkbox
          checked={what.users}
          onChange={(event) => setWhat({ ...what, users: event.target.checked })}
        >
          {w.users}
        </Checkbox>
        <Checkbox
          checked={what.events}
          onChange={(event) => setWhat({ ...what, events: event.target.checked })}
        >
          {w.history}
        </Checkbox>
        <Button danger disabled={named === ""} onClick={() => setAsks(true)}>
          {w.wipe}
        </Button>
      </Flex>
      <TypedConfirm
        open={asks}
        title={w.wipeTitle}
        name={w.word}
        action={w.wipe}
        onConfirm={go}
        onClose={() => setAsks(false)}
      >
        {w.wipeWhat(named)}
      </TypedConfirm>
    </Card>
  );
}
