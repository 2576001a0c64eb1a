/** One person: photo and verdict, where they are proved to be, what is known of them, and when they were seen. */
import { DeleteOutlined, EditOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { ApiError } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { useWords } from "@/shared/words";
import { api, useMay } from "../../api";
import { type PersonDetail, personQuery, useChanged } from "./data";
import { Details } from "./parts/Details";
import { EditPerson } from "./parts/EditPerson";
import { Gone } from "./parts/Gone";
import { PhotoCard } from "./parts/PhotoCard";
import { RecentEvents } from "./parts/RecentEvents";
import { Whereabouts } from "./parts/Whereabouts";
import "./people.css";
import { says as personSays } from "./person.words";
import { says } from "./words";

const REFRESH_MS = 5_000;

export function PersonPage() {
  const p = useWords(personSays);
  const { id } = useParams({ from: "/inside/people/$id" });
  const found = useQuery({ ...personQuery(id), refetchInterval: REFRESH_MS });
  const isGone = found.error instanceof ApiError && found.error.status === 404;
  if (isGone) return <Gone id={id} />;
  const person = found.data;
  return (
    <Page
      title={person?.name ?? id}
      hint={<Link to="/people">{p.back}</Link>}
      actions={person ? <Actions person={person} /> : null}
    >
      {found.error ? <Failure error={found.error} retry={() => found.refetch()} /> : null}
      {person ? (
        <div className="person">
          <div className="person-side">
            <PhotoCard person={person} />
          </div>
          <div className="person-main">
            <Whereabouts person={person} />
            <Details person={person} />
            <RecentEvents id={id} />
          </div>
        </div>
      ) : found.error ? null : (
        <Skeleton active paragraph={{ rows: 8 }} />
      )}
    </Page>
  );
}

function Actions({ person }: { person: PersonDetail }) {
  const w = useWords(says);
  const p = useWords(personSays);
  const mayChange = useMay("operator");
  const changed = useChanged();
  const [isEditing, setEditing] = useState(false);
  const [isErasing, setErasing] = useState(false);
  if (!mayChange) return null;
  const erase = async () => {
    await api.DELETE("/api/v1/people/{identity_id}", {
      params: { path: { identity_id: person.identity_id } },
    });
    // Not awaited: the page becomes the receipt, and this dialog goes with it.
    void changed();
  };
  return (
    <>
      <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>
        {w.edit}
      </Button>
      <Button danger icon={<DeleteOutlined />} onClick={() => setErasing(true)}>
        {p.erase}
      </Button>
      <EditPerson open={isEditing} person={person} onClose={() => setEditing(false)} />
      <TypedConfirm
        open={isErasing}
        title={p.eraseTitle(person.name)}
        name={person.name}
        action={p.erase}
        onConfirm={erase}
        onClose={() => setErasing(false)}
      >
        <p>
          {p.eraseText} {p.eraseBoxes(person.on_boxes.proved)}
        </p>
      </TypedConfirm>
    </>
  );
}
