/** The links that screens open: made with a name, shown once, taken back at any time. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Card, Flex, Form, Input, Typography } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { QrPicture } from "@/shared/QrPicture";
import { TakeAway } from "@/shared/TakeAway";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { useOrigin } from "../../shared/origin";
import { SmallTable } from "../../shared/SmallTable";
import { says } from "./words";

export function Links({ looking }: { looking: number }) {
  const w = useWords(says);
  const queries = useQueryClient();
  const [form] = Form.useForm<{ name: string }>();
  const list = useQuery({
    queryKey: ["welcome-links"],
    queryFn: () => must(api.GET("/api/v1/welcome/links")),
    refetchInterval: 10_000,
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ["welcome-links"] });
  const make = useMutation({
    mutationFn: (body: { name: string }) => must(api.POST("/api/v1/welcome/links", { body })),
    onSuccess: () => {
      form.resetFields();
      return refresh();
    },
  });
  const takeBack = async (id: string) => {
    await api.DELETE("/api/v1/welcome/links/{id}", { params: { path: { id } } });
    await refresh();
  };
  return (
    <Card
      size="small"
      title={w.links}
      extra={<Typography.Text type="secondary">{w.looking(looking)}</Typography.Text>}
    >
      <Typography.Paragraph type="secondary">{w.linksHint}</Typography.Paragraph>
      <Form form={form} layout="inline" onFinish={(fields) => make.mutate(fields)} className="filters">
        <Form.Item name="name" rules={[{ required: true, whitespace: true, message: w.need }]}>
          <Input aria-label={w.place} placeholder={w.place} maxLength={80} />
        </Form.Item>
        <Button htmlType="submit" type="primary" loading={make.isPending}>
          {w.make}
        </Button>
      </Form>
      {make.error ? <Failure error={make.error} /> : null}
      {make.data?.path ? <Made path={make.data.path} onClose={() => make.reset()} /> : null}
      {list.error ? <Failure error={list.error} retry={() => list.refetch()} /> : null}
      <SmallTable
        rows={list.data?.items ?? []}
        empty={w.noLinks}
        columns={[
          { title: w.place, dataIndex: "name" },
          { title: w.made, render: (_, link) => <Age of={link.made_at} /> },
          { title: w.used, render: (_, link) => <Age of={link.used_at} never={w.never} /> },
          {
            key: "take",
            align: "right",
            render: (_, link) => (
              <TakeAway action={w.take} ask={w.sure} work={() => takeBack(link.id)} done={w.taken} />
            ),
          },
        ]}
      />
    </Card>
  );
}

function Made({ path, onClose }: { path: string; onClose: () => void }) {
  const w = useWords(says);
  const link = `${useOrigin()}${path}`;
  return (
    <Flex gap={16} wrap align="center" className="filters">
      <QrPicture value={link} name={w.once} />
      <div style={{ flex: 1, minWidth: 200 }}>
        <Typography.Paragraph>{w.once}</Typography.Paragraph>
        <Typography.Paragraph>
          <Typography.Text copyable className="mono breakable">
            {link}
          </Typography.Text>
        </Typography.Paragraph>
        <Button size="small" onClick={onClose}>
          {w.close}
        </Button>
      </div>
    </Flex>
  );
}
