/** Who looks so much like a person that a box may take one for the other, both photos side by side. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Flex, Typography } from "antd";
import { must } from "@/shared/api";
import { matchScore, ScoreTitle } from "@/shared/MatchScore";
import { useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../../api";
import { type Person, personQuery } from "../data";
import { says } from "../person.words";
import { Face } from "../photo/Face";

type LookAlike = Schema<"LookAlike">;

export function LookAlikes({ person }: { person: Person }) {
  const w = useWords(says);
  const mayLook = useMay("operator");
  const found = useQuery({
    queryKey: ["people", "alike", person.identity_id, person.photo?.at],
    queryFn: () =>
      must(
        api.GET("/api/v1/people/{identity_id}/look-alikes", {
          params: { path: { identity_id: person.identity_id } },
        }),
      ),
    enabled: mayLook,
    staleTime: 300_000,
    // Nobody can be compared with while there is no template of the photo.
    retry: false,
  });
  const alike = found.data?.items ?? [];
  if (alike.length === 0) return null;
  return (
    <Alert
      type={alike.some((each) => each.possible_duplicate || each.same_doors) ? "warning" : "info"}
      showIcon
      title={w.alike}
      description={
        <Flex vertical gap={16}>
          {alike.map((each) => (
            <Pair key={each.identity_id} person={person} alike={each} />
          ))}
        </Flex>
      }
    />
  );
}

function Pair({ person, alike }: { person: Person; alike: LookAlike }) {
  const w = useWords(says);
  const other = useQuery({ ...personQuery(alike.identity_id), staleTime: 60_000 }).data;
  const sentence = alike.possible_duplicate
    ? w.alikeDuplicate
    : alike.same_doors
      ? w.alikeDoors
      : w.alikeOther;
  return (
    <Flex vertical gap={8}>
      <Flex gap={12} wrap>
        <Who of={person} />
        {other ? <Who of={other} /> : null}
      </Flex>
      <div>{sentence(alike.name)}</div>
      <Typography.Text type="secondary">
        <ScoreTitle />: {matchScore(alike.score)}
      </Typography.Text>
    </Flex>
  );
}

function Who({ of }: { of: Person }) {
  return (
    <figure className="who">
      <Face of={of} size={112} />
      <figcaption>
        <Link to="/people/$id" params={{ id: of.identity_id }}>
          {of.name}
        </Link>
      </figcaption>
    </figure>
  );
}
