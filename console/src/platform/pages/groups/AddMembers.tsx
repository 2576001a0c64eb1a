/** Adds people to a group. */
import { Alert, App, Modal, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { type Group, useChanged } from "../people/data";
import { PersonSelect } from "./PersonSelect";
import { says } from "./words";

export function AddMembers({ group, onClose }: { group: Group; onClose: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const changed = useChanged();
  const { message } = App.useApp();
  const [people, setPeople] = useState<string[]>([]);
  const { busy, failure, run } = useWork();
  const add = () =>
    run(async () => {
      const { added } = await must(
        api.POST("/api/v1/groups/{group_id}/people", {
          params: { path: { group_id: group.id } },
          body: { add: people },
        }),
      );
      message.success(w.added(added));
      await changed();
      onClose();
    });
  return (
    <Modal
      open
      title={w.addPeopleTo(group.name)}
      okText={w.add}
      cancelText={w.cancel}
      okButtonProps={{ disabled: people.length === 0, loading: busy }}
      onOk={add}
      onCancel={onClose}
    >
      <Typography.Paragraph type="secondary">{w.addPeopleHint}</Typography.Paragraph>
      <PersonSelect many value={people} onChange={setPeople} />
      {failure ? (
        <Alert type="error" showIcon role="alert" title={text(failure)} style={{ marginTop: 12 }} />
      ) : null}
    </Modal>
  );
}
