/** All events: narrowed by what stands in the address, exported, searched by a face. */
import { DownloadOutlined, UserSwitchOutlined } from "@ant-design/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, type TableProps, Tag, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { PERSON_COLOURS, personTypes } from "@/shared/domain";
import { matchScore, ScoreTitle } from "@/shared/MatchScore";
import { Page } from "@/shared/Page";
import { Age, Moment } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../api";
import { CameraName } from "../../parts/cameras";
import { Filters } from "./Filters";
import { FaceSearch } from "./face/FaceSearch";
import { type Filter, useFilter, written } from "./filter";
import { DoorText } from "./parts/DoorText";
import { Faces } from "./parts/Faces";
import { Flags } from "./parts/Flags";
import { useReason } from "./parts/names";
import { VerdictTag } from "./parts/VerdictTag";
import { says } from "./words";

type Event = Schema<"EventView">;

export function EventsPage() {
  const w = useWords(says);
  const [filter] = useFilter();
  const [searches, setSearches] = useState(false);
  const mayOperate = useMay("operator");
  const columns = useColumns();
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <>
          {mayOperate ? (
            <Button icon={<UserSwitchOutlined />} onClick={() => setSearches(true)}>
              {w.byFace}
            </Button>
          ) : null}
          <Button icon={<DownloadOutlined />} href={exportOf(filter)} download>
            {w.export}
          </Button>
        </>
      }
    >
      <Filters />
      <Count filter={filter} />
      <CursorTable<Event>
        queryKey={["events", "list", filter]}
        fetchPage={(cursor) =>
          must(api.GET("/api/v1/events", { params: { query: { ...filter, limit: 50, cursor } } }))
        }
        refresh={15_000}
        rowKey="id"
        columns={columns}
        empty={
          isFiltered ? (
            w.noneFiltered
          ) : (
            <>
              <div>{w.none}</div>
              <Link to="/start">{w.first}</Link>
            </>
          )
        }
      />
      <FaceSearch open={searches} onClose={() => setSearches(false)} filter={filter} />
    </Page>
  );
}

/** The address of the export, in the times of whoever looks. */
function exportOf(filter: Filter): string {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `/api/v1/events/export?${written({ format: "csv", bom: true, tz, ...filter })}`;
}

function Count({ filter }: { filter: Filter }) {
  const w = useWords(says);
  const language = useLanguage();
  const { data } = useQuery({
    queryKey: ["events", "count", filter],
    queryFn: () => must(api.GET("/api/v1/events/count", { params: { query: filter } })),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
  if (!data) return <Typography.Paragraph>&nbsp;</Typography.Paragraph>;
  const count = new Intl.NumberFormat(language).format(data.count);
  return (
    <Typography.Paragraph type="secondary" role="status">
      {data.more ? w.foundMany(count) : w.found(count)}
    </Typography.Paragraph>
  );
}

function useColumns(): TableProps<Event>["columns"] {
  const w = useWords(says);
  const types = useWords(personTypes);
  const reason = useReason();
  return [
    {
      key: "time",
      title: w.time,
      render: (_, event) => (
        <div className="event-time">
          <Moment of={event.estimated_at} />
          <div>
            <Typography.Text type="secondary">
              <Age of={event.estimated_at} />
            </Typography.Text>
          </div>
          <Flags event={event} />
        </div>
      ),
    },
    { key: "pictures", title: w.pictures, render: (_, event) => <Faces event={event} size={64} /> },
    {
      key: "person",
      title: w.person,
      render: (_, event) => {
        const name = event.stranger ? w.stranger : event.identity_name || event.identity_id;
        const type = event.person_type;
        return (
          <>
            <Link to="/events/$id" params={{ id: event.id }} aria-label={w.of(name)}>
              {name}
            </Link>
            <div>
              {event.stranger || !type ? null : (
                <Tag color={PERSON_COLOURS[type] ?? "default"}>{types[type] ?? type}</Tag>
              )}
              {event.stranger ? null : (
                <Typography.Text type="secondary" className="mono">
                  {event.identity_id}
                </Typography.Text>
              )}
            </div>
          </>
        );
      },
    },
    {
      key: "verdict",
      title: w.verdict,
      render: (_, event) => (
        <div className="event-reason">
          <VerdictTag event={event} />
          <div>{reason(event)}</div>
        </div>
      ),
    },
    {
      key: "score",
      title: <ScoreTitle />,
      align: "right",
      render: (_, event) => (event.stranger ? "–" : matchScore(event.score)),
    },
    { key: "door", title: w.door, render: (_, event) => <DoorText event={event} /> },
    {
      key: "where",
      title: w.where,
      render: (_, event) => (
        <>
          <div>
            <CameraName of={event} />
          </div>
          <Link to="/boxes/$devSno" params={{ devSno: event.dev_sno }}>
            {event.box_name ?? event.dev_sno}
          </Link>
          {event.site ? (
            <div>
              <Typography.Text type="secondary">{event.site}</Typography.Text>
            </div>
          ) : null}
        </>
      ),
    },
  ];
}
