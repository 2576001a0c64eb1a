/** Cameras by their names, wherever others are told by id; there may be thousands of them. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { api, type Schema } from "../api";
import { useBoxNames } from "./boxes";
import { type Option, useCutNote, withChosen } from "./choices";

/** Cameras fetched at once for their names, and of one box. */
const AT_ONCE = 500;
/** Cameras offered at once. */
const OFFERED = 50;
const FRESH = 60_000;

function useCameras(query: { dev_sno?: string; search?: string; limit: number }, enabled = true) {
  return useQuery({
    queryKey: ["cameras", "found", query],
    queryFn: () => must(api.GET("/api/v1/cameras", { params: { query } })),
    staleTime: FRESH,
    enabled,
  });
}

type Seen = Pick<Schema<"EventView">, "ep_id" | "dev_sno" | "device_ip">;

/** How the camera of an event is called; its address when it is not known any more. */
export function CameraName({ of: { ep_id, dev_sno, device_ip } }: { of: Seen }) {
  const first = useCameras({ limit: AT_ONCE });
  const among = (page: typeof first.data) => page?.items.find((camera) => camera.ep_id === ep_id)?.name;
  const known = ep_id ? among(first.data) : undefined;
  // Where there are more than the first, those of its own box are asked for.
  const isElsewhere = Boolean(ep_id && !known && first.data?.next);
  const own = useCameras({ dev_sno, limit: AT_ONCE }, isElsewhere);
  return <>{(known ?? among(own.data)) || device_ip}</>;
}

/** The name of a camera of which nothing is known but its id. */
export function useCameraName(epId: string | null | undefined): string {
  const { data } = useCameras({ search: epId ?? "", limit: AT_ONCE }, Boolean(epId));
  return data?.items.find(({ ep_id }) => ep_id === epId)?.name || (epId ?? "");
}

type Props = {
  value: string | undefined;
  onChange: (epId: string | undefined) => void;
  /** Only cameras of this box. */
  devSno: string | undefined;
  label: string;
};

/** One camera, found by typing part of its name, its address or the name of its box. */
export function CameraPicker({ value, onChange, devSno, label }: Props) {
  const [typed, setTyped] = useState("");
  const search = typed.trim() || undefined;
  const found = useQuery({
    queryKey: ["cameras", "choices", devSno ?? "", search ?? ""],
    queryFn: () =>
      must(api.GET("/api/v1/cameras", { params: { query: { limit: OFFERED, search, dev_sno: devSno } } })),
    staleTime: 30_000,
    placeholderData: (before) => before,
  });
  const cameras = found.data?.items ?? [];
  const boxOf = useBoxNames(devSno ? [] : cameras.map(({ dev_sno }) => dev_sno));
  const name = useCameraName(value);
  const options: Option[] = cameras.map((camera) => ({
    value: camera.ep_id,
    label: devSno ? camera.name : `${camera.name} · ${boxOf(camera.dev_sno)}`,
  }));
  return (
    <Select
      className="filter"
      allowClear
      showSearch={{ onSearch: setTyped, filterOption: false }}
      aria-label={label}
      placeholder={label}
      value={value ?? null}
      loading={found.isFetching}
      options={search ? options : withChosen(options, value ? [value] : [], () => name)}
      labelRender={({ label: shown }) => (typeof shown === "string" ? shown : name)}
      popupRender={useCutNote(found.data?.next ? options.length : 0)}
      onChange={(epId: string | null) => onChange(epId ?? undefined)}
    />
  );
}
