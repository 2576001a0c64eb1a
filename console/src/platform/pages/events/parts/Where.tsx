/** Choosing where: site, box, camera. A box that is chosen narrows the cameras. */
import { Select } from "antd";
import { useState } from "react";
import { useWords, words } from "@/shared/words";
import { useBoxes, useCameras } from "./names";

const says = words({
  en: { site: "Site", box: "Box", camera: "Camera" },
  zh: { site: "站点", box: "设备", camera: "摄像机" },
});

export type Place = { site?: string; dev_sno?: string; ep_id?: string };

type Props = { value: Place; onChange: (place: Place) => void };

export function Where({ value, onChange }: Props) {
  const w = useWords(says);
  const [search, setSearch] = useState("");
  const boxes = useBoxes(search);
  const every = useBoxes();
  const cameras = useCameras(value.dev_sno);
  const sites = [...new Set(every.map((box) => box.site).filter((site) => site !== ""))].sort();
  const called = (devSno: string) => every.find((box) => box.dev_sno === devSno)?.name ?? devSno;
  return (
    <>
      <Select
        className="filter"
        allowClear
        showSearch
        aria-label={w.site}
        placeholder={w.site}
        value={value.site ?? null}
        options={sites.map((site) => ({ value: site, label: site }))}
        onChange={(site?: string) => onChange({ ...value, site })}
      />
      <Select
        className="filter"
        allowClear
        showSearch={{ onSearch: setSearch, filterOption: false }}
        aria-label={w.box}
        placeholder={w.box}
        value={value.dev_sno ?? null}
        options={options(
          boxes.map((box) => ({ value: box.dev_sno, label: box.name })),
          value.dev_sno,
          called,
        )}
        onChange={(dev_sno?: string) => onChange({ ...value, dev_sno, ep_id: undefined })}
      />
      <Select
        className="filter"
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        aria-label={w.camera}
        placeholder={w.camera}
        value={value.ep_id ?? null}
        options={options(
          cameras.map((camera) => ({
            value: camera.ep_id,
            label: value.dev_sno ? camera.name : `${camera.name} · ${called(camera.dev_sno)}`,
          })),
          value.ep_id,
          (id) => id,
        )}
        onChange={(ep_id?: string) => onChange({ ...value, ep_id })}
      />
    </>
  );
}

type Option = { value: string; label: string };

/** The choices, with the chosen one even when it is not among them. */
function options(found: Option[], chosen: string | undefined, called: (id: string) => string): Option[] {
  if (chosen === undefined || found.some(({ value }) => value === chosen)) return found;
  return [{ value: chosen, label: called(chosen) }, ...found];
}
