/** Adds a camera: found in the network, or by hand. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { App, Form, Segmented } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { FormDrawer } from "@/shared/FormDrawer";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { CameraFields, KindChoice } from "./CameraFields";
import { Discovery } from "./Discovery";
import { finds } from "./discoveryWords";
import { type Fields, type Kind, newFields, toAdd } from "./settings";
import { TestPicture } from "./TestPicture";
import { says } from "./words";

type Way = "search" | "hand";
type Props = { open: boolean; known: Set<string>; onClose: () => void };

export function AddCamera({ open, known, onClose }: Props) {
  const w = useWords(says);
  const { message } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [way, setWay] = useState<Way>("search");
  const [form] = Form.useForm<Fields>();
  const kind: Kind = Form.useWatch("kind", form) ?? "rtsp";
  const close = () => {
    setWay("search");
    onClose();
  };
  const add = async (fields: Fields) => {
    const camera = await must(
      api.POST("/api/v1/cameras", { body: toAdd({ ...newFields(kind), ...fields }) }),
    );
    await queries.invalidateQueries({ queryKey: ["cameras"] });
    message.success(w.added(camera.status.name));
    close();
    await navigate({ to: "/cameras/$name", params: { name: camera.status.name } });
  };
  const take = (fields: Fields) => {
    form.setFieldsValue(fields);
    setWay("hand");
  };
  return (
    <FormDrawer<Fields>
      open={open}
      title={w.add}
      action={way === "hand" ? w.add : null}
      form={form}
      initial={newFields("rtsp")}
      send={add}
      onClose={close}
      width={560}
      before={
        <>
          <WayChoice way={way} onChange={setWay} />
          {way === "search" ? <Discovery known={known} onTake={take} /> : null}
        </>
      }
    >
      <KindChoice />
      <CameraFields kind={kind} isNew held={[]} />
      {kind === "rtsp" ? <TestPicture form={form} /> : null}
    </FormDrawer>
  );
}

function WayChoice({ way, onChange }: { way: Way; onChange: (way: Way) => void }) {
  const w = useWords(finds);
  return (
    <Segmented<Way>
      block
      value={way}
      onChange={onChange}
      options={[
        { value: "search", label: w.search },
        { value: "hand", label: w.byHand },
      ]}
      style={{ marginBottom: 16 }}
    />
  );
}
