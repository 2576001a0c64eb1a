/** What needs attention, the gravest first, each with where its cause is. Pure: facts in, matters out. */
import type { Schema } from "../../api";

export type Matter = {
  key: string;
  /** What it is about, for the sentence. */
  kind: "part" | "boxSilent" | "boxNever" | "cameraDown" | "failed" | "webhook" | "webhookOff" | "clock";
  names: string[];
  count: number;
  /** The fact's time, in milliseconds since 1970. */
  at: number | null;
  to: string;
  search?: Record<string, string>;
};

/** A clock that is off by less is right, as far as can be told. */
const CLOCK = 5_000;

export type Facts = {
  stats?: Schema<"StatsView">;
  boxes?: Schema<"BoxView">[];
  cameras?: Schema<"CameraView">[];
  webhooks?: Schema<"WebhookView">[];
  clocks?: Schema<"BoxStatsView">[];
  readiness?: Schema<"Readiness">;
};

export function matters(facts: Facts): Matter[] {
  return [
    ...parts(facts),
    ...boxes(facts),
    ...cameras(facts),
    ...enrolment(facts),
    ...webhooks(facts),
    ...clocks(facts),
  ];
}

function parts({ readiness }: Facts): Matter[] {
  const all = Object.entries(readiness ?? {}).filter(
    (pair): pair is [string, Schema<"Part">] => typeof pair[1] === "object" && pair[1] !== null,
  );
  return all
    .filter(([, part]) => !part.ok)
    .map(([name, part]) => matter("part", [name, part.message], "/system", null));
}

function boxes({ boxes }: Facts): Matter[] {
  return (boxes ?? [])
    .filter((box) => !box.online)
    .map((box) => {
      const kind = box.seen_at ? "boxSilent" : "boxNever";
      return matter(kind, [box.name], `/boxes/${box.dev_sno}`, box.seen_at ?? null);
    });
}

/** Of boxes that are online: what a silent one said of its cameras is old. */
function cameras({ cameras, boxes }: Facts): Matter[] {
  const online = new Map(boxes?.filter((box) => box.online).map((box) => [box.dev_sno, box.name]));
  return (cameras ?? [])
    .filter((camera) => camera.state === "offline" && online.has(camera.dev_sno))
    .map((camera) => {
      const names = [camera.name, online.get(camera.dev_sno) ?? camera.dev_sno];
      return matter("cameraDown", names, `/boxes/${camera.dev_sno}`, camera.seen_at);
    });
}

function enrolment({ stats }: Facts): Matter[] {
  const failed = stats?.holdings.failed ?? 0;
  if (failed === 0) return [];
  return [
    { ...matter("failed", [], "/people", stats?.at ?? null), count: failed, search: { enrolment: "failed" } },
  ];
}

function webhooks({ webhooks }: Facts): Matter[] {
  return (webhooks ?? []).flatMap((webhook) => {
    const name = webhook.description || webhook.url;
    if (webhook.disabled_reason) return [matter("webhookOff", [name], `/webhooks/${webhook.id}`, null)];
    if (!webhook.failing_since) return [];
    return [matter("webhook", [name], `/webhooks/${webhook.id}`, webhook.failing_since)];
  });
}

function clocks({ clocks, boxes }: Facts): Matter[] {
  const names = new Map(boxes?.map((box) => [box.dev_sno, box.name]));
  return (clocks ?? [])
    .filter((box) => Math.abs(box.clock_offset_ms ?? 0) > CLOCK)
    .map((box) => ({
      ...matter(
        "clock",
        [names.get(box.dev_sno) ?? box.dev_sno],
        `/boxes/${box.dev_sno}`,
        box.clock_at ?? null,
      ),
      count: box.clock_offset_ms ?? 0,
    }));
}

function matter(kind: Matter["kind"], names: string[], to: string, at: number | null): Matter {
  return { key: `${kind} ${to} ${names.join(" ")}`, kind, names, count: 0, at, to };
}
