/** One person: photos, details, and where they were seen. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Alert, App, Breadcrumb, Button, Card, Col, Flex, Form, Row, Skeleton } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Failure, FormFailure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { Age } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { libraries, people } from "../../fog";
import { type Fields, fieldsOf, PersonFields, writtenOf } from "./fields";
import { Photos } from "./Photos";
import { says } from "./words";

export function PersonPage() {
  const w = useWords(says);
  const { id } = useParams({ from: "/inside/people/$id" });
  const person = useQuery({
    queryKey: ["person", id],
    queryFn: () => must(api.GET("/api/v1/people/{id}", { params: { path: { id } } })),
  });
  const { data, error } = person;
  return (
    <Page
      title={data?.name ?? id}
      hint={
        data ? (
          <>
            {w.id} {id} · {w.known} <Age of={data.created_at_ms} /> · {w.changed}{" "}
            <Age of={data.updated_at_ms} />
          </>
        ) : null
      }
      actions={<Breadcrumb items={[{ title: <Link to="/people">{w.back}</Link> }, { title: id }]} />}
    >
      {error ? <Failure error={error} retry={() => person.refetch()} /> : null}
      {data ? <Whole key={data.updated_at_ms} person={data} /> : error ? null : <Skeleton active />}
    </Page>
  );
}

function Whole({ person }: { person: Schema<"Person"> }) {
  const w = useWords(says);
  const told = useTold();
  return (
    <Flex vertical gap={16}>
      {person.recognisable ? null : (
        <Alert type="error" showIcon title={w.no} description={told(person.reason ?? "")} />
      )}
      <Row gutter={[16, 16]}>
        <Col xs={24} lg={10}>
          <Photos person={person} />
        </Col>
        <Col xs={24} lg={14}>
          <Card
            size="small"
            title={w.details}
            extra={
              <Link to="/history" search={{ person: person.identity_id }}>
                {w.seen}
              </Link>
            }
          >
            <Details person={person} />
          </Card>
        </Col>
      </Row>
    </Flex>
  );
}

function Details({ person }: { person: Schema<"Person"> }) {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { busy, failure, run } = useWork();
  const [removing, setRemoving] = useState(false);
  const id = person.identity_id;
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["person", id] }),
      queries.invalidateQueries({ queryKey: ["people"] }),
    ]);
  const save = (fields: Fields) =>
    run(async () => {
      await people.change(id, writtenOf(fields, fieldsOf(person)));
      const before = new Set(person.libraries);
      for (const name of fields.libraries) if (!before.delete(name)) await libraries.join(name, id);
      for (const name of before) await libraries.leave(name, id);
      await refresh();
      message.success(w.saved);
    });
  const remove = async () => {
    await people.remove(id);
    message.success(w.removed(person.name));
    await navigate({ to: "/people" });
    queries.removeQueries({ queryKey: ["person", id] });
    void queries.invalidateQueries({ queryKey: ["people"] });
  };
  return (
    <Form<Fields> layout="vertical" initialValues={fieldsOf(person)} onFinish={save} disabled={busy}>
      <PersonFields heldGroups={person.permission_ids} />
      <FormFailure error={failure} />
      <Flex justify="space-between" gap={8} wrap>
        <Button type="primary" htmlType="submit" loading={busy}>
          {w.save}
        </Button>
        <Button danger onClick={() => setRemoving(true)}>
          {w.removePerson}
        </Button>
      </Flex>
      <TypedConfirm
        open={removing}
        title={w.removePerson}
        name={person.name}
        action={w.remove}
        onConfirm={remove}
        onClose={() => setRemoving(false)}
      >
        {w.removes(person.name)}
      </TypedConfirm>
    </Form>
  );
}
