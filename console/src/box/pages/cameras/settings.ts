/** The settings of a camera as the form has them, and as the box takes them. */
import type { Schema } from "../../api";

export const KINDS = ["rtsp", "ftp", "pad", "file"] as const;
export type Kind = (typeof KINDS)[number];

/** What a form holds: the keys of `[[camera]]`, what is empty as empty. */
export type Fields = {
  name: string;
  kind: Kind;
  path?: string | null;
  url?: string | null;
  directory?: string | null;
  user?: string | null;
  password?: string | null;
  address?: string | null;
  device_type?: number | null;
  direction: "in" | "out";
  groups: string[];
  quality?: string | null;
  duplicate_interval?: number | null;
  rate?: number | null;
  frozen_after?: number | null;
  door: { kind: DoorKind; headers?: Header[]; [key: string]: unknown };
};
/** A header of a call; one that is set shows its name and keeps its value unless another is typed. */
export type Header = { name: string; value?: string | null; isSet?: boolean };
export type DoorKind = "none" | "log" | "modbus-tcp" | "http";

/** What stands in place of a secret that is set. */
const SET = "(set)";

/** Which keys each kind has, beside those that all have. */
const OF_KIND: Record<Kind, (keyof Fields)[]> = {
  file: ["path"],
  rtsp: ["url", "user", "password", "rate", "frozen_after"],
  ftp: ["directory", "user", "password"],
  pad: ["user", "password"],
};
const OF_ALL: (keyof Fields)[] = [
  "address",
  "device_type",
  "direction",
  "groups",
  "quality",
  "duplicate_interval",
];

const MODBUS = { unit: 1, channel: 1, channels: 8, seconds: 5 };

export function newFields(kind: Kind): Fields {
  return { name: "", kind, direction: "in", groups: ["0"], door: { kind: "none", ...MODBUS } };
}

export function fieldsOf(settings: Schema<"CameraSettings">): Fields {
  const { door, password, ...rest } = settings as Fields & { door?: Fields["door"] | null };
  return {
    ...rest,
    password: password === SET ? null : password,
    groups: rest.groups ?? ["0"],
    direction: rest.direction ?? "in",
    door: door ? doorFields(door) : newFields("file").door,
  };
}

/** A door as the form has it. */
function doorFields(door: object): Fields["door"] {
  const { headers, password, ...rest } = door as Fields["door"] & { headers?: Record<string, string> };
  return {
    ...MODBUS,
    ...rest,
    password: password === SET ? null : password,
    headers: Object.entries(headers ?? {}).map(([name, value]) =>
      value === SET ? { name, value: null, isSet: true } : { name, value },
    ),
  };
}

/** Headers as the box takes them; one whose value nobody typed stays as it is. */
function headersOf(headers: Header[]): Record<string, string> {
  const given = headers.map(({ name, value, isSet }) => [name.trim(), value || (isSet ? SET : "")]);
  return Object.fromEntries(given);
}

const isEmpty = (value: unknown) => value === undefined || value === null || value === "";

/** The door as the box takes it; null: none. */
function doorOf(door: Fields["door"]): object | null {
  const pick = (keys: string[]) =>
    Object.fromEntries(keys.flatMap((key) => (isEmpty(door[key]) ? [] : [[key, door[key]]])));
  if (door.kind === "log") return { kind: "log" };
  if (door.kind === "modbus-tcp")
    return {
      kind: door.kind,
      ...pick(["address", "unit", "channel", "channels", "seconds", "alarm_channel"]),
    };
  if (door.kind === "http")
    return {
      kind: door.kind,
      ...pick(["url", "user", "password"]),
      ...(door.headers?.length ? { headers: headersOf(door.headers) } : {}),
    };
  return null;
}

/** A camera to add: what is empty is left out. */
export function toAdd(fields: Fields): Schema<"CameraSettings"> {
  const keys = [...OF_KIND[fields.kind], ...OF_ALL];
  const given = keys.flatMap((key) => (isEmpty(fields[key]) ? [] : [[key, fields[key]]]));
  const door = doorOf(fields.door);
  return {
    name: fields.name.trim(),
    kind: fields.kind,
    ...Object.fromEntries(given),
    ...(door ? { door } : {}),
  } as Schema<"CameraSettings">;
}

/**
 * What to change of a camera: what was emptied goes back to its default, a secret that was not typed is sent back as it is
 * shown, and stays.
 */
export function toChange(fields: Fields, before: Schema<"CameraSettings">): Record<string, unknown> {
  const keys = [...OF_KIND[fields.kind], ...OF_ALL].filter(
    (key) => key !== "password" || !isEmpty(fields.password),
  );
  const changes: Record<string, unknown> = Object.fromEntries(
    keys.map((key) => [key, isEmpty(fields[key]) ? null : fields[key]]),
  );
  // The shown address lacks what is secret in it: unless it was changed it is not sent back.
  if (fields.url === (before as Fields).url) delete changes.url;
  const had = (before as { door?: Fields["door"] | null }).door ?? null;
  const keepsPassword = had?.password === SET && isEmpty(fields.door.password);
  const door = doorOf(keepsPassword ? { ...fields.door, password: SET } : fields.door);
  const was = had && doorOf({ ...doorFields(had), password: had.password });
  if (JSON.stringify(door) !== JSON.stringify(was)) changes.door = door;
  return changes;
}
