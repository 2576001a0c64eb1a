/** Boxes and how long ago each was heard of: the silent ones first. */
import { Link } from "@tanstack/react-router";
import { Badge, Empty, Flex, Skeleton, Typography } from "antd";
import { Failure } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { useSilentBoxes, useSomeBoxes } from "./facts";
import { says } from "./words";

/** Boxes shown here; all are on their own page. */
const SHOWN = 8;

export function Boxes() {
  const w = useWords(says);
  const [silent, online] = [useSilentBoxes(), useSomeBoxes(SHOWN)];
  const unknown = [silent, online].find(({ data, error }) => error && !data);
  if (unknown) return <Failure error={unknown.error} retry={() => unknown.refetch()} />;
  if (!silent.data || !online.data) return <Skeleton active paragraph={{ rows: 3 }} />;
  const shown = [...silent.data.items, ...online.data.items].slice(0, SHOWN);
  if (shown.length === 0)
    return (
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.noBoxes}>
        <Link to="/start">{w.pair}</Link>
      </Empty>
    );
  return (
    <ul className="box-list">
      {shown.map((box) => (
        <li key={box.dev_sno}>
          <Flex justify="space-between" gap={12} align="center">
            <div className="box-name">
              <Badge status={box.online ? "success" : box.seen_at ? "error" : "default"} />{" "}
              <Link to="/boxes/$devSno" params={{ devSno: box.dev_sno }}>
                {box.name}
              </Link>
              {box.site ? <div className="box-site">{box.site}</div> : null}
            </div>
            <Typography.Text type="secondary" style={{ textAlign: "end" }}>
              {box.online ? w.online : box.seen_at ? w.silent : w.never}
              {box.heartbeat_at ? (
                <>
                  {" · "}
                  {w.heartbeat} <Age of={box.heartbeat_at} />
                </>
              ) : null}
            </Typography.Text>
          </Flex>
        </li>
      ))}
    </ul>
  );
}
