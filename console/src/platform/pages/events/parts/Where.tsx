/** Choosing where: site, box, camera. A box that is chosen narrows the cameras. */
import { Select } from "antd";
import { useWords, words } from "@/shared/words";
import { BoxPicker } from "../../../parts/boxes";
import { CameraPicker } from "../../../parts/cameras";
import { useSites } from "../../../parts/sites";

const says = words({
  en: { site: "Site", box: "Box", camera: "Camera" },
  zh: { site: "地点", box: "设备", camera: "摄像机" },
});

export type Place = { site?: string; dev_sno?: string; ep_id?: string };

type Props = { value: Place; onChange: (place: Place) => void };

export function Where({ value, onChange }: Props) {
  const w = useWords(says);
  const sites = useSites();
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
      <BoxPicker
        className="filter"
        aria-label={w.box}
        placeholder={w.box}
        value={value.dev_sno}
        onChange={(dev_sno) => onChange({ ...value, dev_sno, ep_id: undefined })}
      />
      <CameraPicker
        label={w.camera}
        value={value.ep_id}
        devSno={value.dev_sno}
        onChange={(ep_id) => onChange({ ...value, ep_id })}
      />
    </>
  );
}
