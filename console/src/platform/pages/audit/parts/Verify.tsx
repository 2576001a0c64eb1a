/** Walks along the whole chain of the log, piece by piece, and tells whether it is as it was written. */
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Flex, Form, Input, InputNumber, Modal, Spin, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Copyable } from "@/shared/Copyable";
import { Failure } from "@/shared/Failure";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { auditWords } from "../words";

type Noted = { seq?: number | null; hash?: string };
type Walk = { checked: number; last: Schema<"Verified">; noted: boolean | null };

/** One answer walks a bounded number of rows: asks on until the end. */
async function walk(noted: Noted, tell: (checked: number) => void): Promise<Walk> {
  let after: number | undefined;
  let checked = 0;
  let seen: boolean | null = null;
  for (;;) {
    const query = { after, noted_seq: noted.seq ?? undefined, noted_hash: noted.hash?.trim() || undefined };
    const last = await must(api.GET("/api/v1/audit/verify", { params: { query } }));
    checked += last.checked;
    seen = last.noted ?? seen;
    tell(checked);
    if (last.next == null || !last.intact) return { checked, last, noted: seen };
    after = last.next;
  }
}

export function Verify() {
  const w = useWords(auditWords);
  const [isOpen, setOpen] = useState(false);
  const [checked, setChecked] = useState(0);
  const verify = useMutation({ mutationFn: (noted: Noted) => walk(noted, setChecked) });
  const language = useLanguage();
  const count = (rows: number) => new Intl.NumberFormat(language).format(rows);
  const start = () => {
    setOpen(true);
    setChecked(0);
    verify.mutate({});
  };
  return (
    <>
      <Button onClick={start}>{w.verify}</Button>
      <Modal
        open={isOpen}
        title={w.verify}
        onCancel={() => setOpen(false)}
        footer={null}
        width={640}
        destroyOnHidden
      >
        <Flex vertical gap={16} aria-live="polite">
          {verify.isPending ? (
            <Flex gap={12} align="center">
              <Spin /> {w.verifying(count(checked))}
            </Flex>
          ) : null}
          {verify.error ? <Failure error={verify.error} retry={start} /> : null}
          {verify.data ? <Answer walked={verify.data} count={count} /> : null}
          <Typography.Text strong>{w.noted}</Typography.Text>
          <Form<Noted> layout="vertical" onFinish={verify.mutate} disabled={verify.isPending}>
            <Flex gap={12} wrap align="flex-end">
              <Form.Item
                name="seq"
                label={w.notedNumber}
                rules={[{ required: true, message: w.notedNumber }]}
              >
                <InputNumber min={1} precision={0} style={{ width: 110 }} />
              </Form.Item>
              <Form.Item
                name="hash"
                label={w.notedHash}
                rules={[{ required: true, message: w.notedHash }]}
                style={{ flex: "1 1 240px" }}
              >
                <Input className="mono" autoComplete="off" />
              </Form.Item>
              <Form.Item>
                <Button htmlType="submit">{w.check}</Button>
              </Form.Item>
            </Flex>
          </Form>
        </Flex>
      </Modal>
    </>
  );
}

function Answer({
  walked: { checked, last, noted },
  count,
}: {
  walked: Walk;
  count: (rows: number) => string;
}) {
  const w = useWords(auditWords);
  const isBroken = last.broken_at != null;
  return (
    <>
      {isBroken ? (
        <Alert type="error" showIcon role="alert" title={w.broken(last.broken_at ?? 0)} />
      ) : (
        <Alert
          type="success"
          showIcon
          role="status"
          title={w.intact(count(checked))}
          description={w.intactHelp}
        />
      )}
      {noted === null ? null : (
        <Alert type={noted ? "success" : "error"} showIcon title={noted ? w.notedGood : w.notedBad} />
      )}
      <Copyable label={`${w.lastRow} ${last.seq}`} value={last.hash} />
    </>
  );
}
