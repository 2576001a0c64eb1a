/** What is opened for those who may pass. */
import { Form, Input, InputNumber, Select } from "antd";
import { useWords } from "@/shared/words";
import { Headers } from "./Headers";
import type { DoorKind } from "./settings";
import { fieldWords, says } from "./words";

const KINDS: DoorKind[] = ["none", "log", "modbus-tcp", "http"];

export function DoorFields({ isNew }: { isNew: boolean }) {
  const f = useWords(fieldWords);
  const kind: DoorKind = Form.useWatch(["door", "kind"]) ?? "none";
  return (
    <>
      <Form.Item name={["door", "kind"]} label={f.door}>
        <Select options={KINDS.map((value) => ({ value, label: f.doors[value] }))} />
      </Form.Item>
      {kind === "modbus-tcp" ? <Relay /> : null}
      {kind === "http" ? <Call isNew={isNew} /> : null}
    </>
  );
}

function Relay() {
  const w = useWords(says);
  const f = useWords(fieldWords);
  const number = (name: string, label: string, min: number, max: number) => (
    <Form.Item name={["door", name]} label={label}>
      <InputNumber min={min} max={max} precision={0} style={{ width: "100%" }} />
    </Form.Item>
  );
  return (
    <>
      <Form.Item
        name={["door", "address"]}
        label={f.relay}
        extra={f.relayHelp}
        rules={[{ required: true, whitespace: true, message: w.need(f.relay) }]}
      >
        <Input className="mono" />
      </Form.Item>
      <div className="pair">
        {number("channel", f.channel, 0, 64)}
        {number("seconds", f.seconds, 1, 254)}
        {number("channels", f.channels, 1, 64)}
        {number("unit", f.unit, 0, 255)}
        {number("alarm_channel", f.alarm, 1, 64)}
      </div>
    </>
  );
}

function Call({ isNew }: { isNew: boolean }) {
  const w = useWords(says);
  const f = useWords(fieldWords);
  return (
    <>
      <Form.Item
        name={["door", "url"]}
        label={f.doorUrl}
        rules={[{ required: true, whitespace: true, message: w.need(f.doorUrl) }]}
      >
        <Input className="mono" placeholder="http://" />
      </Form.Item>
      <div className="pair">
        <Form.Item name={["door", "user"]} label={f.user}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name={["door", "password"]} label={f.password} extra={isNew ? null : f.kept}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </div>
      <Headers />
    </>
  );
}
