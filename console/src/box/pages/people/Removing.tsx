/** What can be done with the people who were chosen: they are removed one by one, and of each is said what became of it. */
import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Flex, Modal, Progress, Table, Typography } from "antd";
import { useState } from "react";
import { useErrorText } from "@/shared/Failure";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { people } from "../../fog";
import { type Series, useSeries } from "../../shared/useSeries";
import { says } from "./manyWords";
import { says as saysPeople } from "./words";

type Person = Schema<"Person">;

export function Removing({ chosen, choose }: { chosen: Person[]; choose: (chosen: Person[]) => void }) {
  const w = useWords(says);
  const queries = useQueryClient();
  const [asks, setAsks] = useState(false);
  const { series, run, stop, forget } = useSeries<Person>();
  const remove = async () => {
    // The dialog that asked closes; how far it is, is told by the next.
    void run(chosen, ({ identity_id }) => people.remove(identity_id)).then(() =>
      queries.invalidateQueries({ queryKey: ["people"] }),
    );
  };
  const close = () => {
    forget();
    choose([]);
  };
  return (
    <>
      {chosen.length > 0 ? (
        <Flex gap={8} wrap align="center" className="filters">
          <Typography.Text strong role="status">
            {w.chosen(chosen.length)}
          </Typography.Text>
          <Button danger onClick={() => setAsks(true)}>
            {w.remove}
          </Button>
          <Button type="link" onClick={() => choose([])}>
            {w.nobody}
          </Button>
        </Flex>
      ) : null}
      <TypedConfirm
        open={asks}
        title={w.removeTitle(chosen.length)}
        name={String(chosen.length)}
        action={w.removeAction}
        onConfirm={remove}
        onClose={() => setAsks(false)}
      >
        <Typography.Paragraph>
          {chosen
            .map(({ name }) => name)
            .slice(0, 10)
            .join(w.comma)}
        </Typography.Paragraph>
        <Typography.Paragraph>{w.removeText}</Typography.Paragraph>
      </TypedConfirm>
      <Modal
        open={series !== null}
        title={w.removeTitle(series?.of ?? 0)}
        closable={series?.isOver ?? true}
        mask={{ closable: false }}
        onCancel={close}
        footer={
          series?.isOver ? (
            <Button onClick={close}>{w.close}</Button>
          ) : (
            <Button onClick={stop}>{w.stop}</Button>
          )
        }
      >
        {series ? <Became series={series} /> : null}
      </Modal>
    </>
  );
}

function Became({ series }: { series: Series<Person> }) {
  const w = useWords(says);
  const p = useWords(saysPeople);
  const text = useErrorText();
  const failed = series.outcomes.filter(({ failure }) => failure !== null);
  const removed = series.outcomes.length - failed.length;
  const left = series.of - series.outcomes.length;
  return (
    <Flex vertical gap={12}>
      <Progress
        percent={Math.floor((series.outcomes.length / series.of) * 100)}
        status={series.isOver ? "normal" : "active"}
        aria-label={w.progress}
      />
      <Alert
        type={failed.length > 0 || (series.isOver && left > 0) ? "warning" : "success"}
        showIcon
        role="status"
        title={w.removed(removed, failed.length, left)}
      />
      {series.isOver ? (
        <Table
          size="small"
          rowKey={({ item }) => item.identity_id}
          pagination={{ pageSize: 10, hideOnSinglePage: true }}
          dataSource={[...failed, ...series.outcomes.filter(({ failure }) => failure === null)]}
          columns={[
            { title: p.name, render: (_, { item }) => item.name },
            { title: p.id, render: (_, { item }) => <span className="mono">{item.identity_id}</span> },
            {
              title: w.became,
              render: (_, { failure }) =>
                failure === null ? (
                  w.isRemoved
                ) : (
                  <Typography.Text type="danger">{text(failure)}</Typography.Text>
                ),
            },
          ]}
        />
      ) : null}
    </Flex>
  );
}
