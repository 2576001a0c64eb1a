/** Begins an import: the list, the photos, how, and a trial before anything is stored. */
import { DownloadOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Alert, Button, Drawer, Flex, Form, Progress, Radio, Select, Steps, Typography } from "antd";
import { useState } from "react";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { FileDrop } from "./FileDrop";
import { type How, type Sent, sendFiles } from "./send";
import { says } from "./words";

export function Wizard({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(says);
  return (
    <Drawer open={open} onClose={onClose} title={w.begin} size={600} destroyOnHidden>
      <Asking />
    </Drawer>
  );
}

function Asking() {
  const w = useWords(says);
  const text = useErrorText();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [step, setStep] = useState(0);
  const [list, setList] = useState<File | null>(null);
  const [photos, setPhotos] = useState<File | null>(null);
  const [existing, setExisting] = useState<How["existing"]>("update");
  const [timeZone, setTimeZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [sent, setSent] = useState<Sent | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const files = [list, photos].filter((file) => file !== null);

  const begin = async (dryRun: boolean) => {
    setFailure(null);
    try {
      const begun = await sendFiles(files, { existing, timeZone, dryRun }, setSent);
      await queries.invalidateQueries({ queryKey: ["imports"] });
      await navigate({ to: "/people/imports/$id", params: { id: begun.id } });
    } catch (error) {
      setFailure(text(error));
    } finally {
      setSent(null);
    }
  };
  if (sent) {
    return (
      <Flex vertical gap={12} role="status">
        <Typography.Text>{w.sending(sent.name)}</Typography.Text>
        <Progress percent={Math.floor(sent.share * 100)} status="active" aria-label={w.sending(sent.name)} />
        <Typography.Text type="secondary">{w.stay}</Typography.Text>
      </Flex>
    );
  }
  const last = step === 2;
  return (
    <Flex vertical gap={20}>
      <Steps
        size="small"
        current={step}
        onChange={setStep}
        items={[{ title: w.steps.list }, { title: w.steps.photos }, { title: w.steps.how }]}
      />
      {step === 0 ? (
        <>
          <FileDrop file={list} onFile={setList} accept=".csv,.xlsx,.txt" label={w.list} />
          <div>
            <a href="/api/v1/people/imports/template.csv" download="people.csv">
              <DownloadOutlined aria-hidden /> {w.template}
            </a>
            <Typography.Paragraph type="secondary">{w.templateHint}</Typography.Paragraph>
          </div>
        </>
      ) : null}
      {step === 1 ? (
        <FileDrop file={photos} onFile={setPhotos} accept=".zip" label={w.photos} hint={w.photosHint} />
      ) : null}
      {last ? (
        <Form layout="vertical" requiredMark={false}>
          <Form.Item label={w.existing}>
            <Radio.Group
              aria-label={w.existing}
              value={existing}
              onChange={(event) => setExisting(event.target.value)}
              options={Object.entries(w.existings).map(([value, label]) => ({ value, label }))}
              style={{ display: "grid", gap: 4 }}
            />
          </Form.Item>
          <Form.Item label={w.zone}>
            <Select
              aria-label={w.zone}
              value={timeZone}
              onChange={setTimeZone}
              showSearch
              options={[...new Set([timeZone, "UTC", ...Intl.supportedValuesOf("timeZone")])].map((zone) => ({
                value: zone,
                label: zone,
              }))}
            />
          </Form.Item>
          <Typography.Paragraph type="secondary">{w.tryHint}</Typography.Paragraph>
          {files.length === 0 ? <Alert type="info" showIcon title={w.listNeeded} /> : null}
        </Form>
      ) : null}
      {failure ? <Alert type="error" showIcon role="alert" title={failure} /> : null}
      <Flex gap={8} justify="flex-end" wrap>
        {step > 0 ? <Button onClick={() => setStep(step - 1)}>{w.previous}</Button> : null}
        {last ? (
          <>
            <Button disabled={files.length === 0} onClick={() => begin(false)}>
              {w.start}
            </Button>
            <Button type="primary" disabled={files.length === 0} onClick={() => begin(true)}>
              {w.tryFirst}
            </Button>
          </>
        ) : (
          <Button type="primary" onClick={() => setStep(step + 1)}>
            {w.next}
          </Button>
        )}
      </Flex>
    </Flex>
  );
}
