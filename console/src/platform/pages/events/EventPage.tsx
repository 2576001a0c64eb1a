/** One event: who, where and when, both pictures, and why the door did what it did. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Alert, Card, Flex, Skeleton } from "antd";
import { ApiError, must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { NotFound } from "@/shared/Lost";
import { Page } from "@/shared/Page";
import { Explanation } from "@/shared/trace/Explanation";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { useGroupNames } from "../people/data";
import { About } from "./event/About";
import { Doubt } from "./event/Doubt";
import { Pictures } from "./event/Pictures";
import { Raw } from "./event/Raw";
import { Times } from "./event/Times";
import { eventSays } from "./event/words";
import { toldOf, traceOf } from "./told";
import "./events.css";

type Event = Schema<"EventView">;

export function EventPage() {
  const w = useWords(eventSays);
  const { id } = useParams({ from: "/inside/events/$id" });
  const { data, error, refetch } = useQuery({
    queryKey: ["events", "one", id],
    queryFn: () => must(api.GET("/api/v1/events/{id}", { params: { path: { id } } })),
    // The report for the record comes some seconds after the one of the moment.
    refetchInterval: ({ state }) => (state.data && !state.data.history_at ? 5_000 : false),
  });
  if (error instanceof ApiError && error.status === 404) return <NotFound />;
  if (error && !data) {
    return (
      <Page title={w.title}>
        <Failure error={error} retry={() => refetch()} />
      </Page>
    );
  }
  if (!data) {
    return (
      <Page title={w.title}>
        <Skeleton active paragraph={{ rows: 8 }} />
      </Page>
    );
  }
  return <Shown event={data} />;
}

function Shown({ event }: { event: Event }) {
  const w = useWords(eventSays);
  const name = event.stranger ? w.stranger : event.identity_name || event.identity_id;
  return (
    <Page title={w.of(name)} hint={<Link to="/events">{w.back}</Link>}>
      <Flex vertical gap={16}>
        <Doubt event={event} />
        <div className="event-columns">
          <Flex vertical gap={16}>
            <Card size="small" title={w.pictures}>
              <Pictures event={event} />
            </Card>
            <Card size="small" title={w.about}>
              <About event={event} />
            </Card>
            <Card size="small" title={w.times}>
              <Times event={event} />
            </Card>
          </Flex>
          <section aria-label={w.why}>
            <Why event={event} />
          </section>
        </div>
        <Raw event={event} />
      </Flex>
    </Page>
  );
}

function Why({ event }: { event: Event }) {
  const w = useWords(eventSays);
  const groups = useGroupNames();
  const people = useNamesOfCandidates(event);
  const told = toldOf(event, { groups, people });
  if (told) return <Explanation told={told} />;
  return <Alert type="info" showIcon title={w.silent} description={w.silentHelp} />;
}

/** Names of the people that the face resembles, as far as they are still known. */
function useNamesOfCandidates(event: Event): Record<string, string> {
  const ids = traceOf(event)?.candidates.map((candidate) => candidate.identity_id) ?? [];
  const known = { [event.identity_id]: event.identity_name };
  const asked = ids.filter((id) => !known[id]);
  const answers = useQueries({
    queries: asked.map((id) => ({
      queryKey: ["people", "name", id],
      queryFn: () => must(api.GET("/api/v1/people/{identity_id}", { params: { path: { identity_id: id } } })),
      staleTime: 60_000,
      retry: false,
    })),
  });
  const found = answers.flatMap(({ data }) => (data ? [[data.identity_id, data.name]] : []));
  return { ...known, ...Object.fromEntries(found) };
}
