/**
 * The documented calls of a box (`SophonFogSys`, `SophonMQ`), which its OpenAPI document leaves to the protocol: changing people,
 * groups and libraries, receivers, the doors' mode, wiping.
 */
import { ApiError, refusal } from "@/shared/api";

const FOG = "/SophonFogSys/api";

async function call<T>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
    });
  } catch (error) {
    throw new ApiError(0, "no_answer", String(error));
  }
  if (!response.ok) throw await refusal(response);
  return ((await response.json()) as { data: T }).data;
}

export const groups = {
  add: (name: string, description: string) =>
    call("POST", `${FOG}/permissions`, { permission_name: name, description }),
  change: (name: string, description: string) =>
    call("PUT", `${FOG}/permissions`, { permission_name: name, description }),
  remove: (name: string, peopleToo: boolean) =>
    call("DELETE", `${FOG}/permissions`, { permission_name: name, user_recursive_delete: peopleToo }),
};

export const libraries = {
  add: (name: string, description: string) =>
    call("POST", `${FOG}/groups`, { group_name: name, description }),
  change: (name: string, description: string) =>
    call("PUT", `${FOG}/groups`, { group_name: name, description }),
  remove: (name: string, peopleToo: boolean) =>
    call("DELETE", `${FOG}/groups`, { group_name: name, user_recursive_delete: peopleToo }),
  join: (name: string, id: string) =>
    call("PUT", `${FOG}/GroupUsers`, { group_name: name, identity_id: [id] }),
  leave: (name: string, id: string) =>
    call("DELETE", `${FOG}/GroupUsers`, { group_name: name, identity_id: [id] }),
};

/** What a person is written with; what is left out of a change stays. */
export type Written = {
  name: string;
  type: number;
  permission_ids: string[];
  /** Further fields; null takes one away. */
  [key: string]: unknown;
};

export const people = {
  async add(id: string, photo: Blob, libraryNames: string[], info: Written): Promise<void> {
    const reg_photo = await base64(photo);
    const group_name = libraryNames.join(",");
    await call("POST", `${FOG}/users`, { identity_id: id, reg_photo, group_name, info });
  },
  async change(id: string, info: Partial<Written>, photo?: Blob): Promise<void> {
    const reg_photo = photo ? await base64(photo) : undefined;
    await call("PUT", `${FOG}/users`, { identity_id: id, reg_photo, info });
  },
  remove: (id: string) => call("DELETE", `${FOG}/users`, { identity_id: id }),
};

function base64(photo: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error);
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ""));
    reader.readAsDataURL(photo);
  });
}

export const DOOR_MODES = ["opendoor", "closedoor", "alarm", "avoid"] as const;
export type DoorMode = (typeof DOOR_MODES)[number];

export const setDoorMode = (mode: DoorMode) =>
  call("POST", `${FOG}/GateControllerMode`, { controller_mode: mode });

type Format = "json" | "form-data";
export type Realtime = { urls: string[]; photo: boolean; format: Format };
export type History = Realtime & { period_s: number };
export type Monitor = { url: string | null; period_s: number };

/** Who is sent what happens here; the names of the keys are the protocol's. */
export const receivers = {
  realtime: ({ urls, photo, format }: Realtime) =>
    call("POST", `${FOG}/EventServerUrl`, {
      event_server_url: urls,
      real_need_reg_pic: photo,
      "content-type": format,
    }),
  history: ({ urls, photo, format, period_s }: History) =>
    call("POST", `${FOG}/HistoryEventUrl`, {
      history_upload_event_url: urls,
      history_need_reg_pic: photo,
      "content-type": format,
      reported_peroid: period_s,
    }),
  monitor: ({ url, period_s }: Monitor) =>
    call("POST", `${FOG}/MonitorServerUrl`, {
      monitor_server_url: url ?? "",
      reported_peroid: period_s,
      "content-type": "json",
    }),
};

export const wipe = (what: { users: boolean; events: boolean }) =>
  call("POST", `${FOG}/WipeData`, { wipe_options: what });

export const setLicenceKey = (key: string) => call("PUT", "/SophonMQ/api/DevSno", { dev_sno: key });
export const setLoginUrl = (url: string) => call("PUT", "/SophonMQ/api/LoginUrl", { login_url: url });
