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
        search={without > 0 ? { photo: "false" } : {}}
        title={w.people}
        value={data.people}
        about={without > 0 ? w.withoutPhoto(without) : w.allPhotos}
      />
      <Figure
        {...(missing > 0
          ? { to: "/people", search: { enrolment: failed > 0 ? "failed" : "pending" } }
          : { to: "/boxes" })}
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

type FigureProps = {
  to: string;
  search?: Record<string, string>;
  title: string;
  value: number;
  about: ReactNode;
};

function Figure({ to, search = {}, title, value, about }: FigureProps) {
  return (
    <Link to={to} search={search} className="figure">
      <Card size="small" hoverable>
        <Statistic title={title} value={value} />
        <Typography.Text type="secondary">{about}</Typography.Text>
      </Card>
    </Link>
  );
}
