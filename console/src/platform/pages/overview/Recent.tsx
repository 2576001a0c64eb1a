/** The last faces that boxes have sent. */
import { Link } from "@tanstack/react-router";
import { Empty, Skeleton, Typography } from "antd";
import { Failure } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { Faces } from "../events/parts/Faces";
import { VerdictTag } from "../events/parts/VerdictTag";
import { useRecent } from "./facts";
import { says } from "./words";

export function Recent() {
  const w = useWords(says);
  const { data, error, refetch } = useRecent();
  if (error && !data) return <Failure error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 3 }} />;
  if (data.items.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.noRecent} />;
  return (
    <ul className="recent">
      {data.items.map((event) => (
        <li key={event.id}>
          <Faces event={event} size={96} spotOnly />
          <Link to="/events/$id" params={{ id: event.id }} className="recent-name">
            {event.stranger ? w.stranger : event.identity_name || event.identity_id}
          </Link>
          <div>
            <VerdictTag event={event} />
          </div>
          <Typography.Text type="secondary">
            <Age of={event.estimated_at} />
          </Typography.Text>
        </li>
      ))}
    </ul>
  );
}
