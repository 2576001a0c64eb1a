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

/** A clock that is off by less is right, as far as can be told; in milliseconds. */
export const CLOCK = 5_000;

/** What is looked at. */
export const SOURCES = ["boxes", "cameras", "enrolment", "parts", "clocks", "webhooks"] as const;
export type Source = (typeof SOURCES)[number];

/** What is known of each; what is not known yet, or could not be asked for, is left out. */
export type Facts = {
  stats?: Schema<"StatsView"> | undefined;
  /** Boxes that are not online. */
  silent?: Schema<"BoxView">[] | undefined;
  /** Cameras that are down, as their boxes last said. */
  cameras?: Schema<"CameraView">[] | undefined;
  webhooks?: Schema<"WebhookView">[] | undefined;
  /** Boxes whose clocks are wrong. */
  clocks?: Schema<"BoxStatsView">[] | undefined;
  readiness?: Schema<"Readiness"> | undefined;
  /** What a box is called. */
  nameOf: (devSno: string) => string;
};

/** How looking at one thing went; `apart`: it is not for whoever looks. */
export type Look = "seen" | "waiting" | "failed" | "apart";

/** What each of the sources is worth: a look that failed since tells nothing of now, whatever it had seen before. */
export function lookOf(query: { isEnabled: boolean; isSuccess: boolean; isError: boolean }): Look {
  if (!query.isEnabled) return "apart";
  return query.isError ? "failed" : query.isSuccess ? "seen" : "waiting";
}

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

function boxes({ silent }: Facts): Matter[] {
  return (silent ?? []).map((box) => {
    const kind = box.seen_at ? "boxSilent" : "boxNever";
    return matter(kind, [box.name], `/boxes/${box.dev_sno}`, box.seen_at ?? null);
  });
}

/** Of boxes that are online: what a silent one said of its cameras is old. */
function cameras({ cameras, silent, nameOf }: Facts): Matter[] {
  const old = new Set(silent?.map((box) => box.dev_sno));
  return (cameras ?? [])
    .filter((camera) => !old.has(camera.dev_sno))
    .map(({ name, dev_sno, seen_at }) =>
      matter("cameraDown", [name, nameOf(dev_sno)], `/boxes/${dev_sno}`, seen_at),
    );
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
    if (webhook.disabled_reason)
      return [matter("webhookOff", [name], `/webhooks/${webhook.id}`, webhook.updated_at)];
    if (!webhook.failing_since) return [];
    return [matter("webhook", [name], `/webhooks/${webhook.id}`, webhook.failing_since)];
  });
}

function clocks({ clocks, nameOf }: Facts): Matter[] {
  return (clocks ?? []).map((box) => ({
    ...matter("clock", [nameOf(box.dev_sno)], `/boxes/${box.dev_sno}`, box.clock_at ?? null),
    count: box.clock_offset_ms ?? 0,
  }));
}

function matter(kind: Matter["kind"], names: string[], to: string, at: number | null): Matter {
  return { key: `${kind} ${to} ${names.join(" ")}`, kind, names, count: 0, at, to };
}
