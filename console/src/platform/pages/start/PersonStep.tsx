/** A person and their photo, by webcam or from a file; a photo that cannot be used says why and is taken again. */
import { InboxOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Segmented, Spin, Typography, Upload } from "antd";
import { useState } from "react";
import { must, sendFile } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { WebcamCapture } from "@/shared/webcam/WebcamCapture";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { says } from "./words";

type Person = { identity_id: string; name: string };

export function PersonStep({ isDone }: { isDone: boolean }) {
  const w = useWords(says);
  const [person, setPerson] = useState<Person | null>(null);
  const [round, setRound] = useState(0);
  const [added, setAdded] = useState<Person | null>(null);
  // Whoever was added before and has no photo yet: a page that is opened again goes on with them.
  const begun = useQuery({
    queryKey: ["people", "without photo"],
    queryFn: () => must(api.GET("/api/v1/people", { params: { query: { photo: false, limit: 1 } } })),
    enabled: !isDone,
  }).data?.items[0];
  if (added) {
    return (
      <Alert
        type="success"
        showIcon
        title={`${added.name} (${added.identity_id})`}
        action={
          <Button
            size="small"
            onClick={() => {
              setAdded(null);
              setPerson(null);
              setRound(round + 1);
            }}
          >
            {w.another}
          </Button>
        }
      />
    );
  }
  const present = person ?? (isDone || round > 0 ? null : begun);
  if (present) return <Photo person={present} onDone={() => setAdded(present)} />;
  return <Who key={round} onAdded={setPerson} />;
}

function Who({ onAdded }: { onAdded: (person: Person) => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const add = async (person: Person) => {
    setBusy(true);
    setFailure(null);
    try {
      await must(api.POST("/api/v1/people", { body: person }));
      onAdded(person);
    } catch (error) {
      setFailure(text(error));
      setBusy(false);
    }
  };
  const rules = [{ required: true, message: w.need }];
  return (
    <Form<Person> layout="vertical" requiredMark={false} onFinish={add} style={{ maxWidth: 420 }}>
      <Form.Item name="name" label={w.name} rules={rules}>
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      <Form.Item name="identity_id" label={w.id} extra={w.idHelp} rules={rules}>
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      {failure ? (
        <Alert type="error" showIcon role="alert" title={failure} style={{ marginBottom: 16 }} />
      ) : null}
      <Button type="primary" htmlType="submit" loading={isBusy}>
        {w.next}
      </Button>
    </Form>
  );
}

function Photo({ person, onDone }: { person: Person; onDone: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const queries = useQueryClient();
  const [way, setWay] = useState<"webcam" | "file">("webcam");
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (photo: Blob) => {
    setBusy(true);
    setFailure(null);
    try {
      await sendFile("PUT", `/api/v1/people/${encodeURIComponent(person.identity_id)}/photo`, photo);
      onDone();
      await queries.invalidateQueries({ queryKey: ["stats"] });
    } catch (error) {
      setFailure(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Typography.Title level={3} className="start-sub">
        {w.photoOf(person.name)}
      </Typography.Title>
      <Segmented
        value={way}
        onChange={setWay}
        options={[
          { value: "webcam", label: w.webcam },
          { value: "file", label: w.file },
        ]}
        style={{ marginBottom: 12 }}
      />
      {failure ? (
        <Alert type="error" showIcon role="alert" title={failure} style={{ marginBottom: 12 }} />
      ) : null}
      {way === "webcam" ? (
        <WebcamCapture onShot={send} isBusy={isBusy} />
      ) : (
        <Upload.Dragger
          accept="image/jpeg,image/png,image/webp,image/bmp"
          showUploadList={false}
          disabled={isBusy}
          beforeUpload={(file) => {
            void send(file);
            return false;
          }}
        >
          <InboxOutlined className="start-inbox" />
          <div>{w.drop}</div>
          <Typography.Text type="secondary">{w.dropHelp}</Typography.Text>
        </Upload.Dragger>
      )}
      {isBusy ? <Spin description={w.looking} style={{ display: "block", marginTop: 12 }} /> : null}
    </>
  );
}
