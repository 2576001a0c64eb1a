/** The mode of all doors; each is explained before it is set, because it decides over everybody who comes. */
import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Card, Flex, Radio } from "antd";
import { useState } from "react";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { DOOR_MODES, type DoorMode, setDoorMode } from "../../fog";
import { says } from "./words";

export function Mode({ mode }: { mode: string }) {
  const w = useWords(says);
  const text = useErrorText();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<DoorMode | null>(null);
  const [busy, setBusy] = useState(false);
  const shown = chosen ?? mode;
  const set = async () => {
    if (!chosen) return;
    setBusy(true);
    try {
      await setDoorMode(chosen);
      await Promise.all(["doors", "status"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      message.success(w.changed);
      setChosen(null);
    } catch (error) {
      message.error(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card size="small" title={w.mode}>
      <Flex vertical gap={12}>
        <Radio.Group
          aria-label={w.mode}
          optionType="button"
          value={shown}
          onChange={(event) => setChosen(event.target.value)}
          options={DOOR_MODES.map((value) => ({ value, label: w.modes[value]?.[0] ?? value }))}
        />
        <Alert type={shown === "opendoor" ? "info" : "warning"} title={w.modes[shown]?.[1] ?? shown} />
        {chosen && chosen !== mode ? (
          <Flex gap={8}>
            <Button type="primary" onClick={set} loading={busy}>
              {w.set}
            </Button>
            <Button onClick={() => setChosen(null)}>{w.cancel}</Button>
          </Flex>
        ) : null}
      </Flex>
    </Card>
  );
}
