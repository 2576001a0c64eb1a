/** Receipts of people who were erased: complete or outstanding, and each box behind them. */
import { Link } from "@tanstack/react-router";
import { Flex, Segmented, Tag } from "antd";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { Page } from "@/shared/Page";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { SearchText } from "../people/parts/Filters";
import { Receipt } from "./Receipt";
import { says } from "./words";

type Erasure = Schema<"ErasureView">;

const OUTSTANDING: Record<string, boolean | undefined> = { outstanding: true, complete: false };

export function ErasuresPage() {
  const w = useWords(says);
  const [told, change] = useAddress();
  const state = told.state ?? "every";
  const outstanding = OUTSTANDING[state];
  const identity_id = told.search;
  return (
    <Page
      title={w.title}
      hint={
        <>
          <div>{w.hint}</div>
          <Link to="/people">{w.back}</Link>
        </>
      }
    >
      <Flex gap={8} wrap style={{ marginBottom: 12 }}>
        <SearchText value={identity_id ?? ""} label={w.search} onChange={(search) => change({ search })} />
        <Segmented
          aria-label={w.state}
          value={state}
          onChange={(next) => change({ state: next === "every" ? undefined : next })}
          options={[
            { value: "every", label: w.every },
            { value: "outstanding", label: w.outstanding },
            { value: "complete", label: w.complete },
          ]}
        />
      </Flex>
      <CursorTable<Erasure>
        rowKey="id"
        queryKey={["erasures", "list", outstanding, identity_id]}
        fetchPage={(cursor) =>
          must(api.GET("/api/v1/erasures", { params: { query: { outstanding, identity_id, cursor } } }))
        }
        refresh={5_000}
        empty={identity_id || outstanding !== undefined ? w.noneFits : w.none}
        expandable={{
          expandedRowRender: (receipt) => <Receipt receipt={receipt} />,
          expandedRowKeys: told.open ? [told.open] : [],
          onExpand: (isOpen, receipt) => change({ open: isOpen ? receipt.id : undefined }),
        }}
        columns={[
          { key: "id", title: w.id, render: (_, row) => <span className="mono">{row.identity_id}</span> },
          {
            key: "state",
            title: w.state,
            render: (_, row) => (
              <Tag color={row.complete ? "green" : "orange"}>{row.complete ? w.complete : w.outstanding}</Tag>
            ),
          },
          { key: "boxes", title: w.boxes, render: (_, row) => w.counts(row.proved, row.outstanding) },
          { key: "erased", title: w.erased, render: (_, row) => <Age of={row.erased_at} /> },
          { key: "by", title: w.by, dataIndex: "erased_by" },
        ]}
      />
    </Page>
  );
}
