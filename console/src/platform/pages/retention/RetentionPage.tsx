/** How long events and pictures are kept, what would go now, and what went. */
import "./retention.css";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Card, Flex, Skeleton, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../api";
import { NO_CHANGE } from "./parts/change";
import { Due } from "./parts/Due";
import { Rules } from "./parts/Rules";
import { Runs } from "./parts/Runs";
import { retentionWords } from "./words";

export function RetentionPage() {
  const w = useWords(retentionWords);
  const mayChange = useMay("admin");
  const [isEditing, setEditing] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["retention", "rules"],
    queryFn: () => must(api.GET("/api/v1/retention")),
  });
  const look = useMutation({
    mutationFn: () => must(api.POST("/api/v1/retention/preview", { body: NO_CHANGE })),
  });
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        mayChange && data ? (
          <>
            <Button onClick={() => look.mutate()} loading={look.isPending}>
              {w.dueNow}
            </Button>
            <Button type="primary" onClick={() => setEditing(true)}>
              {w.edit}
            </Button>
          </>
        ) : null
      }
    >
      <Flex vertical gap={20}>
        {error && !data ? <Failure error={error} retry={() => refetch()} /> : null}
        {look.error ? <Failure error={look.error} /> : null}
        {look.data ? <Due items={look.data.items} /> : null}
        {data ? (
          <div className="rules">
            {data.classes.map((rule) => (
              <RuleCard key={rule.class} rule={rule} />
            ))}
          </div>
        ) : error ? null : (
          <Skeleton active />
        )}
        {mayChange ? null : <Typography.Text type="secondary">{w.viewer}</Typography.Text>}
        <Runs />
      </Flex>
      {data ? <Rules rules={data.classes} open={isEditing} onClose={() => setEditing(false)} /> : null}
    </Page>
  );
}

function RuleCard({ rule }: { rule: Schema<"RuleView"> }) {
  const w = useWords(retentionWords);
  const { event_days: events, photo_days: photos } = rule;
  // Pictures never outlive their event.
  const isWith = photos === 0 || (events !== 0 && photos >= events);
  return (
    <Card size="small" title={<h2 className="card-title">{w.classes[rule.class] ?? rule.class}</h2>}>
      <p className="rule-text">
        {w.both(events === 0 ? w.forEver : w.events(events), isWith ? w.photosWith : w.photos(photos))}
      </p>
      <Typography.Text type="secondary" className="sub">
        {rule.changed_at == null ? (
          w.configured
        ) : (
          <>
            {w.changed} <Age of={rule.changed_at} /> {rule.changed_by ? w.by(rule.changed_by) : null}
          </>
        )}
      </Typography.Text>
    </Card>
  );
}
