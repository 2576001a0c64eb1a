/** Adds many people from a list and an archive of photos, one after the other; what failed can be taken away and sent again. */
import { DownloadOutlined, InboxOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Drawer, Flex, Progress, Table, Typography, Upload } from "antd";
import { useState } from "react";
import { download } from "@/shared/download";
import { Failure, useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { groupsQuery, librariesQuery } from "../../../api";
import { people } from "../../../fog";
import { type Series, useSeries } from "../../../shared/useSeries";
import { says } from "../manyWords";
import { says as saysPeople } from "../words";
import { type Cells, textOf } from "./csv";
import { again, type Ground, type List, listOf, personOf, template } from "./rows";
import { type Entry, entriesOf } from "./zip";

export function AddMany({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(says);
  return (
    <Drawer open={open} title={w.importTitle} size={600} onClose={onClose} destroyOnHidden>
      <Asking />
    </Drawer>
  );
}

function Asking() {
  const w = useWords(says);
  const queries = useQueryClient();
  const groups = useQuery(groupsQuery);
  const libraries = useQuery(librariesQuery);
  const unknown = [groups, libraries].find(({ data, error }) => error && !data);
  const [list, setList] = useState<List | null>(null);
  const [photos, setPhotos] = useState<Entry[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const { series, run, stop } = useSeries<Cells>();
  const reading = async (work: () => Promise<void>) => {
    setFailure(null);
    try {
      await work();
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  const readList = (file: File | null) => {
    setList(null);
    return reading(async () => {
      if (!file) return;
      const text = textOf(await file.arrayBuffer());
      if (text === null) throw new Error(w.noText);
      setList(listOf(text, w));
    });
  };
  const readPhotos = (file: File | null) => {
    setPhotos(null);
    return reading(async () => {
      if (!file) return;
      setPhotos(
        await entriesOf(file).catch(() => {
          throw new Error(w.noZip);
        }),
      );
    });
  };
  // Groups and libraries that have not come yet are not taken for none.
  const ground: Ground | null =
    groups.data && libraries.data
      ? { groups: groups.data.items, libraries: libraries.data.items.map(({ name }) => name) }
      : null;
  const begin = async (of: List, on: Ground) => {
    await run(of.rows, async (row) => {
      const person = await personOf(row, of, on, photos, w);
      await people.add(person.id, person.photo, person.libraries, person.info);
    });
    await queries.invalidateQueries({ queryKey: ["people"] });
  };
  if (series && list) return <Became series={series} list={list} stop={stop} />;
  return (
    <Flex vertical gap={16}>
      <Choice label={w.list} hint={w.listHint} accept=".csv,.txt" onFile={readList} />
      <Button
        type="link"
        icon={<DownloadOutlined />}
        style={{ alignSelf: "start", padding: 0 }}
        onClick={() => download("people.csv", template(), "text/csv")}
      >
        {w.template}
      </Button>
      <Choice label={w.photos} hint={w.photosHint} accept=".zip" onFile={readPhotos} />
      {failure ? <Alert type="error" showIcon role="alert" title={failure} /> : null}
      {unknown ? <Failure error={unknown.error} retry={() => unknown.refetch()} /> : null}
      {list ? (
        <Alert
          type="info"
          showIcon
          role="status"
          title={w.found(list.rows.length, photos?.length ?? 0)}
          description={list.unknown.length > 0 ? w.unknown(list.unknown.join(", ")) : null}
        />
      ) : null}
      <Button
        type="primary"
        disabled={!list || !ground}
        onClick={() => list && ground && begin(list, ground)}
        style={{ alignSelf: "end" }}
      >
        {w.start(list?.rows.length ?? 0)}
      </Button>
    </Flex>
  );
}

function Choice({
  label,
  hint,
  accept,
  onFile,
}: {
  label: string;
  hint: string;
  accept: string;
  onFile: (file: File | null) => void;
}) {
  return (
    <Upload.Dragger
      accept={accept}
      maxCount={1}
      beforeUpload={(file) => {
        onFile(file);
        return false;
      }}
      onRemove={() => onFile(null)}
    >
      <InboxOutlined style={{ fontSize: 28 }} aria-hidden />
      <div>{label}</div>
      <Typography.Text type="secondary">{hint}</Typography.Text>
    </Upload.Dragger>
  );
}

function Became({ series, list, stop }: { series: Series<Cells>; list: List; stop: () => void }) {
  const w = useWords(says);
  const p = useWords(saysPeople);
  const text = useErrorText();
  const { outcomes, isOver } = series;
  const failed = outcomes.filter(({ failure }) => failure !== null);
  const left = list.rows.slice(outcomes.length);
  const reasons = [
    ...failed.map(({ item, failure }) => ({ row: item, reason: text(failure) })),
    ...left.map((row) => ({ row, reason: w.remaining })),
  ];
  const cell = (row: Cells, column: "identity_id" | "name") => row.cells[list.places.get(column) ?? -1];
  return (
    <Flex vertical gap={16}>
      <Progress
        percent={Math.floor((outcomes.length / series.of) * 100)}
        status={isOver ? "normal" : "active"}
        aria-label={w.progress}
      />
      <Alert
        type={isOver && reasons.length > 0 ? "warning" : "info"}
        showIcon
        role="status"
        title={w.added(outcomes.length - failed.length, failed.length, left.length)}
        description={isOver ? null : w.remain}
        action={
          isOver ? null : (
            <Button size="small" onClick={stop}>
              {w.stop}
            </Button>
          )
        }
      />
      {isOver && reasons.length > 0 ? (
        <div>
          <Button
            icon={<DownloadOutlined />}
            onClick={() => download("failed.csv", again(list, reasons), "text/csv")}
          >
            {w.failedFile}
          </Button>
          <Typography.Paragraph type="secondary">{w.failedHint}</Typography.Paragraph>
        </div>
      ) : null}
      {failed.length > 0 ? (
        <Table
          size="small"
          rowKey={({ item }) => item.line}
          scroll={{ x: "max-content" }}
          pagination={{ pageSize: 20, hideOnSinglePage: true }}
          dataSource={failed}
          columns={[
            { title: w.line, render: (_, { item }) => item.line },
            {
              title: p.id,
              render: (_, { item }) => <span className="mono">{cell(item, "identity_id")}</span>,
            },
            { title: p.name, render: (_, { item }) => cell(item, "name") },
            {
              title: w.became,
              render: (_, { failure }) => <Typography.Text type="danger">{text(failure)}</Typography.Text>,
            },
          ]}
        />
      ) : null}
    </Flex>
  );
}
