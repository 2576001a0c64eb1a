/** Makes a wall and shows its link, once. */
import { useQueryClient } from "@tanstack/react-query";
import { Checkbox, Flex, Form, Input, Select, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Copyable } from "@/shared/Copyable";
import { personTypes } from "@/shared/domain";
import { FormDialog } from "@/shared/FormDialog";
import { QrPicture } from "@/shared/QrPicture";
import { ShownOnce } from "@/shared/ShownOnce";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { type Place, Where } from "../events/parts/Where";
import { says } from "./words";

type Fields = { name: string; types?: string[]; show_names?: boolean; show_photos?: boolean };

export function NewWall({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(says);
  const types = useWords(personTypes);
  const queries = useQueryClient();
  const [place, setPlace] = useState<Place>({});
  const [made, setMade] = useState<Schema<"WallShown"> | null>(null);
  const make = async ({ types, ...fields }: Fields) => {
    const body = { ...fields, ...place, types: (types ?? []).map(Number) };
    setMade(await must(api.POST("/api/v1/walls", { body })));
    void queries.invalidateQueries({ queryKey: ["walls"] });
  };
  const close = () => {
    setMade(null);
    setPlace({});
    onClose();
  };
  if (made) return <Link wall={made} open={open} onClose={close} />;
  return (
    <FormDialog<Fields> open={open} title={w.add} action={w.make} send={make} onClose={close}>
      <Form.Item name="name" label={w.name} rules={[{ required: true, message: w.need }]}>
        <Input maxLength={64} placeholder={w.nameHint} autoComplete="off" />
      </Form.Item>
      <Form.Item label={w.where}>
        <Flex gap={8} wrap>
          <Where value={place} onChange={setPlace} />
        </Flex>
      </Form.Item>
      <Form.Item name="types" label={w.types}>
        <Select
          mode="multiple"
          allowClear
          options={Object.entries(types).map(([value, label]) => ({ value, label }))}
        />
      </Form.Item>
      <Form.Item name="show_names" valuePropName="checked" noStyle>
        <Checkbox>{w.namesHelp}</Checkbox>
      </Form.Item>
      <Form.Item name="show_photos" valuePropName="checked" noStyle>
        <Checkbox>{w.photosHelp}</Checkbox>
      </Form.Item>
      <Typography.Paragraph type="secondary" style={{ margin: "8px 0 16px" }}>
        {w.privacy}
      </Typography.Paragraph>
    </FormDialog>
  );
}

type LinkProps = { wall: Schema<"WallShown">; open: boolean; onClose: () => void };

function Link({ wall, open, onClose }: LinkProps) {
  const w = useWords(says);
  // The key stands behind the hash, which browsers do not send: it is in no log on the way.
  const link = `${location.origin}/live#${wall.key}`;
  return (
    <ShownOnce open={open} title={`${w.link}: ${wall.name}`} once={w.once} close={w.done} onClose={onClose}>
      <Copyable label={w.link} value={link} />
      <QrPicture value={link} name={w.scan} size={200} />
    </ShownOnce>
  );
}
