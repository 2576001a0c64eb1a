/** A table over a list that the server hands out page by page (`{items, next}`), of any length. */
import { keepPreviousData, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { Button, Empty, Flex, type TableProps, Typography } from "antd";
import type { ReactNode } from "react";
import { Failure } from "./Failure";
import { WideTable } from "./WideTable";
import { useWords, words } from "./words";

export type Slice<Row> = { items: Row[]; next?: string | null };

const says = words({
  en: {
    more: "Show more",
    shown: (count: number) => `${count} shown`,
    all: (count: number) => `${count} in all`,
    none: "Nothing here yet",
    choose: "Choose all that are shown",
  },
  zh: {
    more: "显示更多",
    shown: (count: number) => `已显示 ${count} 条`,
    all: (count: number) => `共 ${count} 条`,
    none: "暂无数据",
    choose: "选择显示的全部",
  },
});

type Props<Row> = Omit<TableProps<Row>, "dataSource" | "loading" | "pagination"> & {
  /** What the list is of; whatever filters it must be part of it. */
  queryKey: QueryKey;
  fetchPage: (cursor: string | undefined) => Promise<Slice<Row>>;
  /** What an empty list says, and what to do about it. */
  empty?: ReactNode;
  /** Milliseconds after which what is shown is fetched anew. */
  refresh?: number;
};

export function CursorTable<Row extends object>({
  queryKey,
  fetchPage,
  empty,
  refresh,
  rowSelection,
  ...table
}: Props<Row>) {
  const w = useWords(says);
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => fetchPage(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (slice) => slice.next ?? undefined,
    refetchInterval: refresh ?? false,
    // Another filter changes the rows, it does not make them flicker.
    placeholderData: keepPreviousData,
  });
  const rows = list.data?.pages.flatMap((slice) => slice.items) ?? [];
  if (list.error && rows.length === 0) return <Failure error={list.error} retry={() => list.refetch()} />;
  return (
    <>
      {list.error ? <Failure error={list.error} retry={() => list.refetch()} /> : null}
      <WideTable<Row>
        {...table}
        rowSelection={
          rowSelection && {
            columnTitle: (everybody) => <ForSight>{everybody}</ForSight>,
            ...rowSelection,
          }
        }
        dataSource={rows}
        loading={list.isPending || list.isPlaceholderData}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty ?? w.none} /> }}
      />
      {rows.length > 0 ? (
        <Flex justify="space-between" align="center" className="table-foot">
          <Typography.Text type="secondary">
            {list.hasNextPage ? w.shown(rows.length) : w.all(rows.length)}
          </Typography.Text>
          {list.hasNextPage ? (
            <Button onClick={() => list.fetchNextPage()} loading={list.isFetchingNextPage}>
              {w.more}
            </Button>
          ) : null}
        </Flex>
      ) : null}
    </>
  );
}

/**
 * What stands in the title of a column. A table that scrolls has a second, hidden row of titles, by which it measures its
 * columns: nobody shall get there by keyboard.
 */
function ForSight({ children }: { children: ReactNode }) {
  const w = useWords(says);
  const hide = (element: HTMLElement | null) => {
    element?.closest(".ant-table-measure-row")?.setAttribute("inert", "");
    // The library names it in English, whatever its language.
    element?.querySelector("input")?.setAttribute("aria-label", w.choose);
  };
  return (
    <span>
      <span ref={hide}>{children}</span>
    </span>
  );
}
