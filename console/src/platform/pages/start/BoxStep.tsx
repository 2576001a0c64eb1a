/** A box that joins by a link which is good once: registered here, then waited for. */
import { CheckCircleOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Flex, Form, Input, Spin, Typography } from "antd";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { QrPicture } from "@/shared/QrPicture";
import { Moment } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { says } from "./words";

type Box = Schema<"BoxView">;

export function BoxStep({ boxes }: { boxes: Box[] }) {
  const w = useWords(says);
  const text = useErrorText();
  const queries = useQueryClient();
  const link = useMutation({
    mutationFn: async (asked: { name: string; site?: string } | { devSno: string }) => {
      const dev_sno = "devSno" in asked ? asked.devSno : await registered(asked.name, asked.site);
      await queries.invalidateQueries({ queryKey: ["boxes"] });
      return must(api.POST("/api/v1/boxes/{dev_sno}/pairing", { params: { path: { dev_sno } } }));
    },
  });
  const paired = boxes.filter((box) => box.login_at);
  const waiting = boxes.find((box) => !box.login_at);
  const failure = link.error ? (
    <Alert type="error" showIcon role="alert" title={text(link.error)} style={{ marginBottom: 12 }} />
  ) : null;
  return (
    <Flex vertical gap={12}>
      {paired.map((box) => (
        <Typography.Text type="success" key={box.dev_sno}>
          <CheckCircleOutlined /> {w.paired(box.name)}
        </Typography.Text>
      ))}
      {failure}
      {waiting && link.data?.dev_sno === waiting.dev_sno ? (
        <Link link={link.data} name={waiting.name} />
      ) : waiting ? (
        <Flex gap={12} align="center" wrap>
          <Typography.Text>{w.unpaired(waiting.name)}</Typography.Text>
          <Button
            type="primary"
            loading={link.isPending}
            onClick={() => link.mutate({ devSno: waiting.dev_sno })}
          >
            {w.newLink}
          </Button>
        </Flex>
      ) : (
        <NewBox isBusy={link.isPending} onMake={link.mutate} />
      )}
    </Flex>
  );
}

async function registered(name: string, site?: string): Promise<string> {
  const box = await must(api.POST("/api/v1/boxes", { body: { name, site: site ?? "" } }));
  return box.dev_sno;
}

type NewProps = { isBusy: boolean; onMake: (box: { name: string; site?: string }) => void };

function NewBox({ isBusy, onMake }: NewProps) {
  const w = useWords(says);
  return (
    <Form layout="vertical" requiredMark={false} onFinish={onMake} style={{ maxWidth: 420 }}>
      <Form.Item name="name" label={w.boxName} rules={[{ required: true, message: w.need }]}>
        <Input maxLength={64} placeholder={w.boxNameHint} autoComplete="off" />
      </Form.Item>
      <Form.Item name="site" label={w.site}>
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={isBusy}>
        {w.makeLink}
      </Button>
    </Form>
  );
}

function Link({ link, name }: { link: Schema<"PairingLink">; name: string }) {
  const w = useWords(says);
  const command = `menshen edge pair ${link.url}`;
  const tooltips = [w.copy, w.copied];
  return (
    <Flex gap={24} wrap>
      <QrPicture value={link.url} name={w.scan} />
      <div style={{ flex: "1 1 280px", minWidth: 0 }}>
        <div>{w.onTheBox}</div>
        <Typography.Paragraph className="start-command mono" copyable={{ text: command, tooltips }}>
          {command}
        </Typography.Paragraph>
        <div>
          {w.code}: <span className="mono">{link.code}</span>
        </div>
        <div>
          {w.goodUntil} <Moment of={link.expires_at} />
        </div>
        <Flex gap={10} align="center" style={{ marginTop: 12 }} role="status">
          <Spin size="small" /> {w.waiting(name)}
        </Flex>
      </div>
    </Flex>
  );
}
