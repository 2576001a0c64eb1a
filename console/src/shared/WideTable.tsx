/** A table that may be wider than the window: it scrolls sideways, by keyboard too. */
import { Table, type TableProps } from "antd";

function reach(place: HTMLDivElement | null): void {
  place?.querySelector(".ant-table-content")?.setAttribute("tabindex", "0");
}

export function WideTable<Row extends object>(props: TableProps<Row>) {
  return (
    <div ref={reach}>
      <Table<Row> size="middle" pagination={false} scroll={{ x: "max-content" }} {...props} />
    </div>
  );
}
