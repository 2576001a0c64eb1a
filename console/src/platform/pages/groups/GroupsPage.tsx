/** Who may pass where, from each side: a group with its people and places, a person's doors, a box's people. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { useMay } from "../../api";
import { ByBox } from "./ByBox";
import { ByGroup } from "./ByGroup";
import { ByPerson } from "./ByPerson";
import { GroupForm } from "./GroupForm";
import "./groups.css";
import { says } from "./words";

const VIEWS = ["group", "person", "box"] as const;

export function GroupsPage() {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const [told, change] = useAddress();
  const [isCreating, setCreating] = useState(false);
  const view = VIEWS.find((each) => each === told.view) ?? "group";
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        mayChange ? (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
            {w.create}
          </Button>
        ) : null
      }
    >
      <Segmented
        aria-label={w.view}
        value={view}
        onChange={(next) => change({ view: next === "group" ? undefined : next })}
        options={VIEWS.map((value) => ({ value, label: w.views[value] }))}
        style={{ marginBottom: 16 }}
      />
      {view === "group" ? <ByGroup /> : null}
      {view === "person" ? <ByPerson /> : null}
      {view === "box" ? <ByBox /> : null}
      {isCreating ? (
        <GroupForm
          onClose={() => setCreating(false)}
          onSaved={(group) => change({ view: undefined, group: group.id })}
        />
      ) : null}
    </Page>
  );
}
