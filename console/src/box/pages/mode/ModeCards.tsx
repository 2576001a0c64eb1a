/** The two ways to work, each explained, and a button that switches. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Card, Col, Popconfirm, Row, Tag, Typography } from "antd";
import { useState } from "react";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { says } from "./words";

const MODES = ["local", "mq"] as const;

export function ModeCards({ mode, isPaired }: { mode: string; isPaired: boolean }) {
  const w = useWords(says);
  const text = useErrorText();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const change = async (wanted: "local" | "mq") => {
    setBusy(true);
    try {
      await api.PUT("/api/v1/work_mode", { body: { mode: wanted } });
      await Promise.all(["status", "pairing"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      message.success(w.changed);
    } catch (error) {
      message.error(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Row gutter={[16, 16]}>
      {MODES.map((one) => (
        <Col key={one} xs={24} md={12}>
          <Card
            size="small"
            className="fill"
            title={w[one]}
            extra={
              one === mode ? (
                <Tag color="green">{w.now}</Tag>
              ) : one === "local" ? (
                <Popconfirm
                  title={w.toLocal}
                  okText={w.switch}
                  cancelText={w.cancel}
                  onConfirm={() => change("local")}
                >
                  <Button size="small" loading={busy}>
                    {w.switch}
                  </Button>
                </Popconfirm>
              ) : (
                <Button size="small" loading={busy} disabled={!isPaired} onClick={() => change("mq")}>
                  {w.switch}
                </Button>
              )
            }
          >
            <Typography.Paragraph style={{ margin: 0 }}>
              {one === "local" ? w.localIs : w.mqIs}
            </Typography.Paragraph>
            {one === "mq" && !isPaired ? (
              <Typography.Text type="secondary">{w.needsPairing}</Typography.Text>
            ) : null}
          </Card>
        </Col>
      ))}
    </Row>
  );
}
