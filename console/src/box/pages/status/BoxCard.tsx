/** What this box is. */
import { Link } from "@tanstack/react-router";
import { Card, Descriptions, Typography } from "antd";
import { Age, lasting, useNow } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { workModes } from "../../shared/words";
import { says } from "./words";

export function BoxCard({ status, clockApart }: { status: Schema<"BoxStatus">; clockApart: number }) {
  const w = useWords(says);
  const modes = useWords(workModes);
  const language = useLanguage();
  const now = useNow();
  const isApart = Math.abs(clockApart) > 2_000;
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(now + clockApart);
  return (
    <Card title={w.box} size="small" className="fill">
      <Descriptions
        column={1}
        size="small"
        items={[
          { key: "version", label: w.version, children: status.version },
          { key: "models", label: w.models, children: status.model_pack },
          { key: "started", label: w.started, children: <Age of={status.started_at_ms} /> },
          {
            key: "mode",
            label: w.mode,
            children: <Link to="/platform">{modes[status.work_mode] ?? status.work_mode}</Link>,
          },
          {
            key: "key",
            label: w.key,
            children: status.dev_sno ? (
              <Typography.Text copyable className="mono">
                {status.dev_sno}
              </Typography.Text>
            ) : (
              w.none
            ),
          },
          {
            key: "time",
            label: w.time,
            children: `${clock}, ${isApart ? w.differs(lasting(Math.abs(clockApart), language)) : w.agrees}`,
          },
        ]}
      />
    </Card>
  );
}
