/** What the list says of an event. */
import { Link } from "@tanstack/react-router";
import { Flex, type TableColumnsType, Tag, Typography } from "antd";
import { PERSON_COLOURS, personTypes } from "@/shared/domain";
import { matchScore, ScoreTitle } from "@/shared/MatchScore";
import { Age } from "@/shared/time";
import { inWords } from "@/shared/trace/found";
import { withGroupNames } from "@/shared/trace/groups";
import { VERDICT_COLOURS, verdictNames } from "@/shared/trace/words";
import { useLanguage, useWords } from "@/shared/words";
import { useGroupName } from "../../shared/groups";
import { doorActions } from "../../shared/words";
import { Face } from "./Face";
import type { Line } from "./lines";
import { says } from "./words";

export function useColumns(): TableColumnsType<Line> {
  const w = useWords(says);
  const verdicts = useWords(verdictNames);
  const types = useWords(personTypes);
  const actions = useWords(doorActions);
  const groupName = useGroupName();
  const language = useLanguage();
  return [
    {
      title: w.time,
      render: (_, line) => (
        <Link to="/history/$seq" params={{ seq: String(line.seq) }}>
          <Age of={line.taken_at} />
        </Link>
      ),
    },
    {
      title: w.photos,
      render: (_, line) => (
        <Flex gap={4}>
          <Face seq={line.seq} which="spot" size={48} />
          {line.identity_id ? <Face seq={line.seq} which="registration" size={48} /> : null}
        </Flex>
      ),
    },
    {
      title: w.verdict,
      render: (_, line) => (
        <Flex gap={4} wrap>
          <Tag color={VERDICT_COLOURS[line.verdict]}>{verdicts[line.verdict]}</Tag>
          {line.flag ? <Tag color="red">{w.flag[line.flag]}</Tag> : null}
        </Flex>
      ),
    },
    {
      title: w.who,
      render: (_, line) =>
        line.identity_id ? (
          <div>
            <Link to="/people/$id" params={{ id: line.identity_id }}>
              {line.identity_name || line.identity_id}
            </Link>{" "}
            <Tag color={PERSON_COLOURS[line.person_type]}>{types[line.person_type]}</Tag>
          </div>
        ) : (
          <Typography.Text type="secondary">{w.stranger}</Typography.Text>
        ),
    },
    { title: w.camera, dataIndex: "camera" },
    { title: <ScoreTitle />, render: (_, line) => (line.identity_id ? matchScore(line.score) : "–") },
    {
      title: w.why,
      width: 320,
      render: (_, line) => (
        <Typography.Text type="secondary" style={{ whiteSpace: "normal" }}>
          {inWords(withGroupNames(line.reason, groupName), language)}
        </Typography.Text>
      ),
    },
    {
      title: w.door,
      render: (_, line) =>
        line.door.action === "none" ? (
          "–"
        ) : (
          <Typography.Text type={line.door.result === "ok" ? "success" : "danger"}>
            {line.door.result === "ok"
              ? (actions[line.door.action] ?? line.door.action)
              : inWords(line.door.result, language)}
          </Typography.Text>
        ),
    },
  ];
}
