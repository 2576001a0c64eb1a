/** The form of a camera: what its kind needs first, then who may pass and what opens, then the rest. */
import { Collapse, Form, Input, InputNumber, Radio, Select } from "antd";
import { deviceTypes } from "@/shared/domain";
import { levelNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { useGroupChoices } from "../../shared/groups";
import { cameraKinds, directions } from "../../shared/words";
import { DoorFields } from "./DoorFields";
import { KINDS, type Kind } from "./settings";
import { fieldWords, says } from "./words";

export function KindChoice() {
  const f = useWords(fieldWords);
  const kinds = useWords(cameraKinds);
  return (
    <Form.Item name="kind" label={f.kind}>
      <Radio.Group className="kinds">
        {KINDS.map((kind) => (
          <Radio key={kind} value={kind}>
            <strong>{kinds[kind]}</strong>
            <div>{f.kinds[kind]}</div>
          </Radio>
        ))}
      </Radio.Group>
    </Form.Item>
  );
}

/** `isNew`: the name can still be chosen. */
export function CameraFields({ kind, isNew, held }: { kind: Kind; isNew: boolean; held: string[] }) {
  const w = useWords(says);
  const f = useWords(fieldWords);
  const ways = useWords(directions);
  const groups = useGroupChoices(held);
  return (
    <>
      {isNew ? (
        <Form.Item
          name="name"
          label={w.name}
          rules={[{ required: true, whitespace: true, message: w.need(w.name) }]}
        >
          <Input maxLength={100} />
        </Form.Item>
      ) : null}
      <Source kind={kind} isNew={isNew} />
      <Form.Item name="groups" label={f.groups}>
        <Select mode="multiple" options={groups} />
      </Form.Item>
      <Form.Item name="direction" label={f.direction}>
        <Radio.Group options={["in", "out"].map((value) => ({ value, label: ways[value] }))} />
      </Form.Item>
      <DoorFields isNew={isNew} />
      <Collapse
        ghost
        items={[{ key: "further", label: f.further, forceRender: true, children: <Further kind={kind} /> }]}
      />
    </>
  );
}

function Source({ kind, isNew }: { kind: Kind; isNew: boolean }) {
  const w = useWords(says);
  const f = useWords(fieldWords);
  const needed = (label: string) => [{ required: true, whitespace: true, message: w.need(label) }];
  const account = (
    <div className="pair">
      <Form.Item name="user" label={f.user}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="password" label={f.password} extra={isNew ? null : f.kept}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </div>
  );
  switch (kind) {
    case "file":
      return (
        <Form.Item name="path" label={f.path} rules={needed(f.path)}>
          <Input className="mono" />
        </Form.Item>
      );
    case "rtsp":
      return (
        <>
          <Form.Item name="url" label={f.url} extra={f.urlHelp} rules={needed(f.url)}>
            <Input className="mono" placeholder="rtsp://" />
          </Form.Item>
          {account}
        </>
      );
    case "ftp":
      return (
        <>
          <Form.Item name="directory" label={f.directory} extra={f.directoryHelp} rules={needed(f.directory)}>
            <Input className="mono" />
          </Form.Item>
          {account}
        </>
      );
    case "pad":
      return account;
  }
}

function Further({ kind }: { kind: Kind }) {
  const f = useWords(fieldWords);
  const levels = useWords(levelNames);
  const types = useWords(deviceTypes);
  const fits = kind === "pad" ? [0, 4] : [0, 1, 2, 3, 4];
  return (
    <>
      <Form.Item name="quality" label={f.quality}>
        <Select
          allowClear
          placeholder={f.asSet}
          options={["high", "middle", "low", "no"].map((value) => ({ value, label: levels[value] }))}
        />
      </Form.Item>
      <Form.Item name="duplicate_interval" label={f.interval}>
        <InputNumber min={0} max={86_400} placeholder={f.asSet} style={{ width: "100%" }} />
      </Form.Item>
      {kind === "rtsp" ? (
        <div className="pair">
          <Form.Item name="rate" label={f.rate}>
            <InputNumber min={0.1} max={30} style={{ width: "100%" }} />
          </Form.Item>
          <Form.Item name="frozen_after" label={f.frozen}>
            <InputNumber min={1} max={600} style={{ width: "100%" }} />
          </Form.Item>
        </div>
      ) : null}
      <Form.Item name="device_type" label={f.deviceType}>
        <Select
          allowClear
          placeholder={f.usual}
          options={fits.map((value) => ({ value, label: `${value} · ${types[value]}` }))}
        />
      </Form.Item>
      <Form.Item name="address" label={f.address} extra={f.addressHelp}>
        <Input className="mono" />
      </Form.Item>
    </>
  );
}
