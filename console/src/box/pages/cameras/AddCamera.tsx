/** Adds a camera: found in the network, or by hand. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { App, Button, Drawer, Flex, Form, Segmented } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { CameraFields, KindChoice } from "./CameraFields";
import { Discovery } from "./Discovery";
import { finds } from "./discoveryWords";
import { type Fields, type Kind, newFields, toAdd } from "./settings";
import { TestPicture } from "./TestPicture";
import { says } from "./words";

export function AddCamera({
  open,
  known,
  onClose,
}: {
  open: boolean;
  known: Set<string>;
  onClose: () => void;
}) {
  const w = useWords(says);
  const d = useWords(finds);
  const { message } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [way, setWay] = useState<"search" | "hand">("search");
  const [form] = Form.useForm<Fields>();
  const kind: Kind = Form.useWatch("kind", form) ?? "rtsp";
  const { busy, failure, run, forget } = useWork();
  const close = () => {
    form.resetFields();
    setWay("search");
    forget();
    onClose();
  };
  const add = async () => {
    const fields = { ...newFields(kind), ...form.getFieldsValue(true) } as Fields;
    await run(async () => {
      const camera = await must(api.POST("/api/v1/cameras", { body: toAdd(fields) }));
      await queries.invalidateQueries({ queryKey: ["cameras"] });
      message.success(w.added(camera.status.name));
      close();
      await navigate({ to: "/cameras/$name", params: { name: camera.status.name } });
    });
  };
  const take = (fields: Fields) => {
    form.setFieldsValue(fields);
    setWay("hand");
  };
  return (
    <Drawer
      open={open}
      title={w.add}
      size={560}
      onClose={close}
      destroyOnHidden
      footer={
        way === "hand" ? (
          <Flex gap={8} justify="end">
            <Button onClick={close}>{w.cancel}</Button>
            <Button type="primary" loading={busy} onClick={() => form.submit()}>
              {w.add}
            </Button>
          </Flex>
        ) : null
      }
    >
      <Segmented
        block
        value={way}
        onChange={(value) => setWay(value === "hand" ? "hand" : "search")}
        options={[
          { value: "search", label: d.search },
          { value: "hand", label: d.byHand },
        ]}
        style={{ marginBottom: 16 }}
      />
      {way === "search" ? <Discovery known={known} onTake={take} /> : null}
      <Form<Fields>
        form={form}
        layout="vertical"
        initialValues={newFields("rtsp")}
        onFinish={add}
        disabled={busy}
        hidden={way === "search"}
      >
        <KindChoice />
        <CameraFields kind={kind} isNew held={[]} />
        {kind === "rtsp" ? <TestPicture form={form} /> : null}
        {failure ? <Failure error={failure} /> : null}
      </Form>
    </Drawer>
  );
}
