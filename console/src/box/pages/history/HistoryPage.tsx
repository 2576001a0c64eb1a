/** What happened here: filters, quick ranges, and new events as they come. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Badge, Flex, Input, Segmented, Select, Switch, Typography } from "antd";
import { CursorTable } from "@/shared/CursorTable";
import { Page } from "@/shared/Page";
import { verdictNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { useCameraNames } from "../../api";
import { useColumns } from "./columns";
import type { Filters, Line } from "./lines";
import { eventsKey, fetchEvents, useFollowing } from "./useEvents";
import { says } from "./words";

export function HistoryPage() {
  const w = useWords(says);
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const text = (value: unknown) => (value === undefined || value === "" ? undefined : String(value));
  const filters: Filters = {
    camera: text(search.camera),
    person: text(search.person),
    verdict: text(search.verdict),
    hours: Number(search.hours) || undefined,
  };
  const isFollowing = search.live !== false;
  const navigate = useNavigate();
  const set = (change: Record<string, string | number | boolean | undefined>) =>
    navigate({ to: "/history", search: (before) => ({ ...before, ...change }), replace: true });
  const columns = useColumns();
  return (
    <Page title={w.title} hint={w.hint} actions={<Live on={isFollowing} filters={filters} set={set} />}>
      <FilterBar filters={filters} set={set} />
      <CursorTable<Line>
        rowKey="seq"
        columns={columns}
        queryKey={eventsKey(filters)}
        fetchPage={(cursor) => fetchEvents(filters, cursor)}
        empty={w.none}
      />
    </Page>
  );
}

type Set = (change: Record<string, string | number | boolean | undefined>) => void;

function FilterBar({ filters, set }: { filters: Filters; set: Set }) {
  const w = useWords(says);
  const verdicts = useWords(verdictNames);
  const cameras = useCameraNames();
  return (
    <Flex gap={8} wrap className="filters">
      <Select
        aria-label={w.camera}
        placeholder={w.camera}
        allowClear
        value={filters.camera ?? null}
        onChange={(camera: string | null) => set({ camera: camera ?? undefined })}
        options={cameras.map((name) => ({ value: name, label: name }))}
        style={{ minWidth: 140 }}
      />
      <Select
        aria-label={w.verdict}
        placeholder={w.verdict}
        allowClear
        value={filters.verdict ?? null}
        onChange={(verdict: string | null) => set({ verdict: verdict ?? undefined })}
        options={Object.entries(verdicts).map(([value, label]) => ({ value, label }))}
        style={{ minWidth: 120 }}
      />
      <Input.Search
        key={filters.person ?? ""}
        aria-label={w.person}
        placeholder={w.person}
        allowClear
        defaultValue={filters.person ?? ""}
        onSearch={(person) => set({ person: person.trim() || undefined })}
        style={{ width: 190 }}
      />
      <Segmented
        aria-label={w.when}
        value={filters.hours ?? 0}
        onChange={(hours) => set({ hours: Number(hours) || undefined })}
        options={[
          { value: 0, label: w.all },
          { value: 1, label: w.hours(1) },
          { value: 3, label: w.hours(3) },
          { value: 24, label: w.day },
          { value: 168, label: w.week },
        ]}
      />
    </Flex>
  );
}

function Live({ on, filters, set }: { on: boolean; filters: Filters; set: Set }) {
  const w = useWords(says);
  const line = useFollowing(on, filters);
  const [colour, text] = !on
    ? (["default", w.livePaused] as const)
    : line.state === "lost"
      ? (["error", w.liveLost] as const)
      : (["success", w.liveOn] as const);
  return (
    <Flex align="center" gap={8} wrap>
      <span role="status">
        <Badge status={colour} /> <Typography.Text type="secondary">{text}</Typography.Text>
      </span>
      <Switch
        checked={on}
        aria-label={w.live}
        onChange={(checked) => set({ live: checked ? undefined : false })}
      />
    </Flex>
  );
}
