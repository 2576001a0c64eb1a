/** What the box has said lately, to be read here or taken along. */
import { DownloadOutlined, ReloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Card, Flex, Skeleton, Typography } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { says } from "./words";

const LINES = 200;

export function Log() {
  const w = useWords(says);
  const log = useQuery({
    queryKey: ["log"],
    queryFn: () =>
      must(api.GET("/api/v1/system/log", { params: { query: { lines: LINES } }, parseAs: "text" })),
  });
  return (
    <Card size="small">
      <Typography.Paragraph type="secondary">{w.logHint}</Typography.Paragraph>
      <Flex gap={8} wrap className="filters">
        <Button icon={<DownloadOutlined />} href="/api/v1/system/log" download>
          {w.download}
        </Button>
        <Button icon={<ReloadOutlined />} onClick={() => log.refetch()} loading={log.isFetching}>
          {w.refresh}
        </Button>
      </Flex>
      {log.error ? <Failure error={log.error} retry={() => log.refetch()} /> : null}
      {log.isPending ? <Skeleton active /> : null}
      {log.data === undefined ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached with the keyboard
        <section className="log mono" tabIndex={0} aria-label={w.wrap}>
          {log.data}
        </section>
      )}
    </Card>
  );
}
