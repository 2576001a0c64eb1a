/** How far an import is, how fast it goes, and how long the rest will take. */
import { Alert, Flex, Progress, Tag, Typography } from "antd";
import { lasting } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useLanguage, useWords } from "@/shared/words";
import { IMPORT_COLOURS } from "./ImportsPage";
import type { Import } from "./send";
import { says } from "./words";

export function Progressing({ one, isWorking }: { one: Import; isWorking: boolean }) {
  const w = useWords(says);
  const told = useTold();
  const language = useLanguage();
  const worked = one.done + one.failed;
  const percent = one.total > 0 ? Math.floor((worked / one.total) * 100) : 0;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const pace = [
    one.rate ? w.rate(number.format(one.rate)) : null,
    isWorking && one.eta_s ? w.rest(lasting(one.eta_s * 1000, language)) : null,
  ].filter((text) => text !== null);
  return (
    <Flex vertical gap={8}>
      <Flex gap={8} wrap align="center" role="status">
        <Tag color={IMPORT_COLOURS[one.state]} style={{ margin: 0 }}>
          {w.states[one.state] ?? one.state}
        </Tag>
        <Typography.Text strong>{w.counts(one.done, one.failed, one.total)}</Typography.Text>
        {pace.length > 0 ? <Typography.Text type="secondary">{pace.join(" · ")}</Typography.Text> : null}
      </Flex>
      {isWorking || one.state === "cancelled" ? (
        <Progress percent={percent} status={isWorking ? "active" : "normal"} aria-label={w.states.running} />
      ) : null}
      {one.message ? (
        <Alert type={one.state === "failed" ? "error" : "info"} showIcon title={told(one.message)} />
      ) : null}
    </Flex>
  );
}
