/** What happened here: filters, quick ranges, any range, and new events as they come. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Badge, DatePicker, Flex, Input, Segmented, Select, Switch, Typography } from "antd";
import dayjs from "dayjs";
import { CursorTable } from "@/shared/CursorTable";
import { Page } from "@/shared/Page";
import { Age } from "@/shared/time";
import { verdictNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { librariesQuery, useCameraNames } from "../../api";
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
    who: text(search.who),
    library: text(search.library),
    verdict: text(search.verdict),
    hours: Number(search.hours) || undefined,
    from: Number(search.from) || undefined,
    to: Number(search.to) || undefined,
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
  const libraries = useQuery(librariesQuery).data?.items ?? [];
  const choice = (key: "camera" | "verdict" | "library", options: { value: string; label: string }[]) => (
    <Select
      aria-label={w[key]}
      placeholder={w[key]}
      allowClear
      value={filters[key] ?? null}
      onChange={(value: string | null) => set({ [key]: value ?? undefined })}
      options={options}
      popupMatchSelectWidth={false}
      style={{ minWidth: 130 }}
    />
  );
  const named = (names: string[]) => names.map((name) => ({ value: name, label: name }));
  const at = (ms: number | undefined) => (ms ? dayjs(ms) : null);
  const hasRange = filters.from !== undefined || filters.to !== undefined;
  return (
    <Flex gap={8} wrap className="filters">
      {choice("camera", named(cameras))}
      {choice(
        "verdict",
        Object.entries(verdicts).map(([value, label]) => ({ value, label })),
      )}
      {choice("library", named(libraries.map(({ name }) => name)))}
      <Input.Search
        key={filters.person ?? filters.who ?? ""}
        aria-label={w.person}
        placeholder={w.person}
        allowClear
        defaultValue={filters.person ?? filters.who ?? ""}
        onSearch={(who) => set({ who: who.trim() || undefined, person: undefined })}
        style={{ width: 210 }}
      />
      <Segmented
        aria-label={w.when}
        value={hasRange ? -1 : (filters.hours ?? 0)}
        onChange={(hours) => set({ hours: Number(hours) || undefined, from: undefined, to: undefined })}
        options={[
          { value: 0, label: w.all },
          { value: 1, label: w.hours(1) },
          { value: 3, label: w.hours(3) },
          { value: 24, label: w.day },
          { value: 168, label: w.week },
        ]}
      />
      <DatePicker.RangePicker
        showTime={{ format: "HH:mm" }}
        format="YYYY-MM-DD HH:mm"
        allowEmpty={[true, true]}
        placeholder={[w.from, w.to]}
        aria-label={w.when}
        value={[at(filters.from), at(filters.to)]}
        onChange={(range) =>
          set({ from: range?.[0]?.valueOf(), to: range?.[1]?.valueOf(), hours: undefined })
        }
        style={{ width: 330, maxWidth: "100%" }}
      />
    </Flex>
  );
}

const COLOURS = { connecting: "processing", open: "success", lost: "error" } as const;

function Live({ on, filters, set }: { on: boolean; filters: Filters; set: Set }) {
  const w = useWords(says);
  const line = useFollowing(on, filters);
  return (
    <Flex align="center" gap={8} wrap>
      <span role="status">
        <Badge status={on ? COLOURS[line.state] : "default"} />{" "}
        <Typography.Text type="secondary">{on ? w.line[line.state] : w.livePaused}</Typography.Text>
      </span>
      {on ? (
        <Typography.Text type="secondary">
          <Age of={line.since} />
        </Typography.Text>
      ) : null}
      <Switch
        checked={on}
        aria-label={w.live}
        onChange={(checked) => set({ live: checked ? undefined : false })}
      />
    </Flex>
  );
}
