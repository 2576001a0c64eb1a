/** Makes a wall and shows its link, once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Checkbox, Flex, Form, Input, Modal, Select, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Copyable } from "@/shared/Copyable";
import { personTypes } from "@/shared/domain";
import { useErrorText } from "@/shared/Failure";
import { QrPicture } from "@/shared/QrPicture";
import { ShownOnce } from "@/shared/ShownOnce";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { type Place, Where } from "../events/parts/Where";
import { says } from "./words";

type Fields = { name: string; types?: string[]; show_names?: boolean; show_photos?: boolean };

export function NewWall({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const types = useWords(personTypes);
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const [place, setPlace] = useState<Place>({});
  const make = useMutation({
    mutationFn: ({ types, ...fields }: Fields) =>
      must(api.POST("/api/v1/walls", { body: { ...fields, ...place, types: (types ?? []).map(Number) } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["walls"] }),
  });
  const close = () => {
    make.reset();
    form.resetFields();
    setPlace({});
    onClose();
  };
  if (make.data) return <Link wall={make.data} open={open} onClose={close} />;
  return (
    <Modal
      open={open}
      title={w.add}
      okText={w.make}
      cancelText={w.cancel}
      confirmLoading={make.isPending}
      onOk={form.submit}
      onCancel={close}
      destroyOnHidden
    >
      <Form<Fields> form={form} layout="vertical" requiredMark={false} onFinish={make.mutate}>
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
        <Typography.Paragraph type="secondary" style={{ margin: "8px 0 0" }}>
          {w.privacy}
        </Typography.Paragraph>
        {make.error ? (
          <Alert type="error" showIcon role="alert" title={text(make.error)} style={{ marginTop: 12 }} />
        ) : null}
      </Form>
    </Modal>
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
