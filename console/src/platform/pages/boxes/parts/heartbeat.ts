/** What the last heartbeat of a box tells, as far as it is understood; boxes of other makes say less. */
import type { Schema } from "../../../api";

export type Heartbeat = {
  /** The version of the box's software. */
  version: string | null;
  /** The models it recognises faces with. */
  models: string | null;
  address: string | null;
  hostname: string | null;
  /** Percent. */
  cpu: number | null;
  memory: number | null;
  /** GB. */
  memorySize: number | null;
  diskFree: number | null;
  diskSize: number | null;
  /** Events it keeps, and those it had to drop before they were sent. */
  eventsKept: number | null;
  eventsDropped: number | null;
};

type Fields = Record<string, unknown>;

export function heartbeatOf(box: Schema<"BoxView">): Heartbeat {
  const beat = fields(box.heartbeat);
  const more = fields(beat.gateway_ext_data);
  const events = fields(fields(more.menshen).events);
  const memory = number(more.memory_usage);
  return {
    version: text(more.sw_version)?.replace(/^VERSION:\s*/, "") ?? null,
    models: text(more.sdk_version),
    address: text(beat.gateway_ip),
    hostname: text(beat.gateway_name),
    cpu: number(more.cpu_usage),
    // Some boxes tell a share, some a percentage.
    memory: memory !== null && memory <= 1 ? memory * 100 : memory,
    memorySize: number(more.memory_size),
    diskFree: number(more.disk_free_size),
    diskSize: number(more.disk_size),
    eventsKept: number(events.kept),
    eventsDropped: number(events.dropped_unsent),
  };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  if (typeof value !== "string") return null;
  // Several lines may come; the one that names a version is meant.
  const lines = value.split("\n").map((line) => line.trim());
  return lines.find((line) => line.includes("VERSION")) ?? (lines.find((line) => line !== "") || null);
}

function number(value: unknown): number | null {
  const read = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof read === "number" && Number.isFinite(read) ? read : null;
}
