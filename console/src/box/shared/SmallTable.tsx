/** A list of a few things on a card: all of them, or what to say when there are none. */
import { Empty, Table, type TableColumnsType } from "antd";

type Props<Row> = { rows: Row[]; columns: TableColumnsType<Row>; empty: string };

export function SmallTable<Row extends { id: string }>({ rows, columns, empty }: Props<Row>) {
  return (
    <Table<Row>
      size="small"
      rowKey="id"
      pagination={false}
      scroll={{ x: "max-content" }}
      dataSource={rows}
      locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty} /> }}
      columns={columns}
    />
  );
}
