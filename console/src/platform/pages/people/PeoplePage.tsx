/** Everybody: found by name, id and filters, many changed at once, exported and added. */
import { DownloadOutlined, ImportOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { Page } from "@/shared/Page";
import { useLanguage, useWords } from "@/shared/words";
import { api, useMay } from "../../api";
import type { Person } from "./data";
import { type Filter, filterOf, isRestricted, type Order, queryText } from "./filter";
import { AddPerson } from "./parts/AddPerson";
import { BulkBar } from "./parts/BulkBar";
import { useColumns } from "./parts/columns";
import { Filters } from "./parts/Filters";
import "./people.css";
import { says } from "./words";

const ROWS = 50;
const REFRESH_MS = 15_000;

export function PeoplePage() {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const [told, change] = useAddress();
  const [chosen, choose] = useState<string[] | "all">([]);
  const columns = useColumns();
  const filter = filterOf(told);
  const order: Order = told.sort === "name" ? "name" : "id";
  const narrow = (some: Parameters<typeof change>[0]) => {
    // "Everybody who fits" means who fits what was looked at.
    if (chosen === "all") choose([]);
    change(some);
  };
  return (
    <Page
      title={w.people}
      hint={<Counted />}
      actions={<Actions filter={filter} mayChange={mayChange} add={() => change({ add: true })} />}
    >
      <Filters filter={filter} order={order} change={narrow} />
      {mayChange ? <BulkBar chosen={chosen} filter={filter} choose={choose} /> : null}
      <CursorTable<Person>
        rowKey="identity_id"
        queryKey={["people", "list", filter, order]}
        fetchPage={(cursor) =>
          must(
            api.GET("/api/v1/people", {
              params: { query: { ...(filter as object), sort: order, limit: ROWS, cursor } },
            }),
          )
        }
        refresh={REFRESH_MS}
        columns={columns}
        empty={isRestricted(filter) ? w.nobodyFits : w.nobody}
        rowSelection={
          mayChange
            ? {
                selectedRowKeys: chosen === "all" ? [] : chosen,
                preserveSelectedRowKeys: true,
                onChange: (keys) => choose(keys.map(String)),
                getCheckboxProps: (person) => ({ "aria-label": person.name }) as object,
              }
            : undefined
        }
      />
      {mayChange ? <AddPerson open={told.add === "true"} onClose={() => change({ add: undefined })} /> : null}
    </Page>
  );
}

function Counted() {
  const w = useWords(says);
  const language = useLanguage();
  const stats = useQuery({
    queryKey: ["stats"],
    queryFn: () => must(api.GET("/api/v1/stats")),
    refetchInterval: REFRESH_MS,
  }).data;
  if (!stats) return <span>&nbsp;</span>;
  const number = new Intl.NumberFormat(language);
  return <>{w.counted(number.format(stats.people), number.format(stats.people_with_photo))}</>;
}

function Actions({ filter, mayChange, add }: { filter: Filter; mayChange: boolean; add: () => void }) {
  const w = useWords(says);
  const address = (format: "csv" | "zip") => {
    const query = queryText(filter);
    return `/api/v1/people/export?format=${format}${format === "csv" ? "&bom=true" : ""}${query ? `&${query}` : ""}`;
  };
  const file = (format: "csv" | "zip", label: string) => ({
    key: format,
    label: (
      <a href={address(format)} download>
        {label}
      </a>
    ),
  });
  return (
    <>
      <Dropdown
        trigger={["click"]}
        menu={{
          items: [
            {
              key: "whom",
              type: "group",
              label: isRestricted(filter) ? w.exportFitting : w.exportAll,
              children: [file("csv", w.exportCsv), file("zip", w.exportZip)],
            },
          ],
        }}
      >
        <Button icon={<DownloadOutlined />}>{w.export}</Button>
      </Dropdown>
      <Link to="/people/erasures">
        <Button tabIndex={-1}>{w.erasures}</Button>
      </Link>
      <Link to="/people/imports">
        <Button tabIndex={-1} icon={<ImportOutlined />}>
          {mayChange ? w.importMany : w.imports}
        </Button>
      </Link>
      {mayChange ? (
        <Button type="primary" icon={<PlusOutlined />} onClick={add}>
          {w.add}
        </Button>
      ) : null}
    </>
  );
}
