/** What can be done with the people who were chosen. */
import { DeleteOutlined, EditOutlined } from "@ant-design/icons";
import { Button, Flex, Modal, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { useChanged } from "../data";
import { type Filter, isRestricted } from "../filter";
import { BulkChange, type Whom } from "./BulkChange";
import { BulkResult } from "./BulkResult";
import { says } from "./bulkWords";

type Props = {
  /** Ids of those who were chosen, or everybody who fits the filter. */
  chosen: string[] | "all";
  filter: Filter;
  choose: (chosen: string[] | "all") => void;
};

export function BulkBar({ chosen, filter, choose }: Props) {
  const w = useWords(says);
  const changed = useChanged();
  const [isChanging, setChanging] = useState(false);
  const [isErasing, setErasing] = useState(false);
  const [erased, setErased] = useState<Schema<"BulkResult"> | null>(null);
  const isAll = chosen === "all";
  const whom: Whom = isAll ? { filter } : { ids: chosen };
  const called = isAll ? w.everybody : chosen.length === 1 ? w.one : w.many(chosen.length);
  const close = () => {
    setChanging(false);
    setErased(null);
    if (erased) choose([]);
  };
  const erase = async () => {
    setErased(await must(api.POST("/api/v1/people/bulk", { body: { ...whom, delete: true } })));
    await changed();
  };
  return (
    <>
      {isAll || chosen.length > 0 ? (
        <Flex gap={8} wrap align="center" className="bulk-bar">
          <Typography.Text strong role="status">
            {isAll ? w.everybody : w.chosen(chosen.length)}
          </Typography.Text>
          <Button icon={<EditOutlined />} onClick={() => setChanging(true)}>
            {w.change}
          </Button>
          <Button danger icon={<DeleteOutlined />} onClick={() => setErasing(true)}>
            {w.remove}
          </Button>
          {!isAll && isRestricted(filter) ? (
            <Button type="link" onClick={() => choose("all")}>
              {w.chooseAll}
            </Button>
          ) : null}
          <Button type="link" onClick={() => choose([])}>
            {w.none}
          </Button>
        </Flex>
      ) : null}
      <BulkChange open={isChanging} whom={whom} called={called} onClose={close} />
      <TypedConfirm
        open={isErasing}
        title={w.removeTitle(called)}
        name={isAll ? w.removeAll : String(chosen.length)}
        action={w.removeAction}
        onConfirm={erase}
        onClose={() => setErasing(false)}
      >
        <p>{w.removeText}</p>
      </TypedConfirm>
      <Modal
        open={erased !== null}
        title={w.done}
        onCancel={close}
        footer={<Button onClick={close}>{w.close}</Button>}
      >
        {erased ? <BulkResult result={erased} isErasure /> : null}
      </Modal>
    </>
  );
}
