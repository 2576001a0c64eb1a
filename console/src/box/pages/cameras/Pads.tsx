/** The devices that are a pad: a code makes one, and each can be taken back. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Card, Flex, Typography } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { QrPicture } from "@/shared/QrPicture";
import { TakeAway } from "@/shared/TakeAway";
import { Age, Until } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { useOrigin } from "../../shared/origin";
import { SmallTable } from "../../shared/SmallTable";
import { says } from "./padWords";

export function Pads({ name }: { name: string }) {
  const w = useWords(says);
  const queries = useQueryClient();
  const path = { params: { path: { name } } };
  const list = useQuery({
    queryKey: ["terminals", name],
    queryFn: () => must(api.GET("/api/v1/cameras/{name}/terminals", path)),
    refetchInterval: 5_000,
  });
  const code = useMutation({
    mutationFn: () => must(api.POST("/api/v1/cameras/{name}/pairing-code", path)),
  });
  const takeBack = async (id: string) => {
    await api.DELETE("/api/v1/cameras/{name}/terminals/{id}", { params: { path: { name, id } } });
    await queries.invalidateQueries({ queryKey: ["terminals", name] });
  };
  return (
    <Card
      size="small"
      title={w.title}
      extra={
        <Button size="small" type="primary" onClick={() => code.mutate()} loading={code.isPending}>
          {w.code}
        </Button>
      }
    >
      <Typography.Paragraph type="secondary">{w.hint}</Typography.Paragraph>
      {code.error ? <Failure error={code.error} /> : null}
      {code.data ? <Code {...code.data} /> : null}
      {list.error ? <Failure error={list.error} retry={() => list.refetch()} /> : null}
      <SmallTable
        rows={list.data?.items ?? []}
        empty={w.none}
        columns={[
          { title: w.device, dataIndex: "name", ellipsis: true },
          { title: w.address, dataIndex: "address" },
          { title: w.paired, render: (_, terminal) => <Age of={terminal.paired_at} /> },
          { title: w.used, render: (_, terminal) => <Age of={terminal.used_at} never={w.never} /> },
          {
            key: "take",
            render: (_, terminal) => (
              <TakeAway action={w.take} ask={w.sure} work={() => takeBack(terminal.id)} done={w.taken} />
            ),
          },
        ]}
      />
    </Card>
  );
}

function Code({ code, expires_at, path }: { code: string; expires_at: number; path: string }) {
  const w = useWords(says);
  const link = `${useOrigin()}${path}`;
  return (
    <Flex gap={16} wrap align="center" style={{ marginBottom: 16 }}>
      <QrPicture value={link} name={w.open} />
      <div>
        <div>{w.open}</div>
        <Typography.Text copyable className="mono breakable">
          {link}
        </Typography.Text>
        <div style={{ marginTop: 8 }}>{w.type}</div>
        <Typography.Text strong copyable className="mono" style={{ fontSize: 24 }}>
          {code}
        </Typography.Text>
        <div>
          <Typography.Text type="secondary">
            {w.good} <Until at={expires_at} />
          </Typography.Text>
        </div>
      </div>
    </Flex>
  );
}
