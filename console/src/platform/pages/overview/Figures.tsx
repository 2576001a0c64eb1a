/** How much there is of everything, each leading to its list. */
import { Link } from "@tanstack/react-router";
import { Card, Skeleton, Statistic, Typography } from "antd";
import type { ReactNode } from "react";
import { Failure } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { useStats } from "./facts";
import { says } from "./words";

export function Figures() {
  const w = useWords(says);
  const { data, error, refetch } = useStats();
  if (error && !data) return <Failure error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 2 }} />;
  const { pending, sent, failed, applied } = data.holdings;
  const missing = pending + sent + failed;
  const without = data.people - data.people_with_photo;
  return (
    <div className="figures">
      <Figure to="/boxes" title={w.boxes} value={data.boxes_online} about={w.boxesOf(data.boxes)} />
      <Figure
        to="/people"
        title={w.people}
        value={data.people}
        about={without > 0 ? w.withoutPhoto(without) : w.allPhotos}
      />
      <Figure
        to="/boxes"
        title={w.proved}
        value={applied}
        about={missing > 0 ? w.missing(missing) : w.noneMissing}
      />
      <Figure
        to="/events"
        title={w.events}
        value={data.events_24h}
        about={
          <>
            {w.strangers(data.strangers_24h)} · {w.counted} <Age of={data.at} />
          </>
        }
      />
    </div>
  );
}

function Figure({ to, title, value, about }: { to: string; title: string; value: number; about: ReactNode }) {
  return (
    <Link to={to} className="figure">
      <Card size="small" hoverable>
        <Statistic title={title} value={value} />
        <Typography.Text type="secondary">{about}</Typography.Text>
      </Card>
    </Link>
  );
}
