/** One import: how far it is, what became of each row, and what to do about those that failed. */
import { DownloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Alert, Card, Descriptions, Flex, Skeleton } from "antd";
import { ApiError, must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { exactly, lasting, Moment } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import { api } from "../../api";
import { ImportActions } from "./ImportActions";
import { Progressing } from "./Progressing";
import { Rows } from "./Rows";
import type { Import } from "./send";
import { says } from "./words";

const WORKING = ["receiving", "checking", "running"];

export function isWorking({ state }: Pick<Import, "state">): boolean {
  return WORKING.includes(state);
}

export function ImportPage() {
  const w = useWords(says);
  const language = useLanguage();
  const { id } = useParams({ from: "/inside/people/imports/$id" });
  const found = useQuery({
    queryKey: ["imports", "one", id],
    queryFn: () => must(api.GET("/api/v1/people/imports/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data && !isWorking(state.data) ? 15_000 : 1_000),
  });
  const one = found.data;
  const isLost = found.error instanceof ApiError && found.error.status === 404;
  return (
    <Page
      title={one ? w.oneTitle(one.dry_run, exactly(one.created_at, language)) : w.title}
      hint={<Link to="/people/imports">{w.title}</Link>}
      actions={one ? <ImportActions one={one} isWorking={isWorking(one)} /> : null}
    >
      {isLost ? <Alert type="info" showIcon title={w.lost} /> : null}
      {found.error && !isLost ? <Failure error={found.error} retry={() => found.refetch()} /> : null}
      {found.isPending ? <Skeleton active /> : null}
      {one ? <Shown one={one} /> : null}
    </Page>
  );
}

function Shown({ one }: { one: Import }) {
  const w = useWords(says);
  const language = useLanguage();
  const took = one.finished_at ? lasting(one.finished_at - one.created_at, language) : null;
  return (
    <Flex vertical gap={16}>
      <Card>
        <Flex vertical gap={12}>
          <Progressing one={one} isWorking={isWorking(one)} />
          {one.ignored_columns.length > 0 ? (
            <Alert type="warning" showIcon title={w.ignored(one.ignored_columns.join(", "))} />
          ) : null}
          {one.photos_unmatched > 0 ? (
            <Alert type="warning" showIcon title={w.unmatched(one.photos_unmatched)} />
          ) : null}
          {one.dry_run && one.state === "done" ? (
            <Alert
              type="info"
              showIcon
              title={w.nothingStored}
              description={w.startForHint}
              action={
                <Link to="/people/imports" search={{ begin: true }}>
                  {w.startFor}
                </Link>
              }
            />
          ) : null}
          {one.failed > 0 && !isWorking(one) ? (
            <div>
              <a href={`/api/v1/people/imports/${encodeURIComponent(one.id)}/failed.csv`} download>
                <DownloadOutlined aria-hidden /> {w.failedFile}
              </a>
              <div>{w.failedHint}</div>
            </div>
          ) : null}
          <Descriptions
            size="small"
            column={{ xs: 1, sm: 2, lg: 4 }}
            items={[
              { key: "by", label: w.by, children: one.created_by },
              { key: "files", label: w.files, children: one.files },
              { key: "photos", label: w.photosFound, children: one.photos },
              { key: "existing", label: w.existing, children: w.existings[one.existing] },
              { key: "zone", label: w.zone, children: one.time_zone },
              { key: "finished", label: w.finished, children: <Moment of={one.finished_at} /> },
              ...(took ? [{ key: "took", label: w.took, children: took }] : []),
            ]}
          />
        </Flex>
      </Card>
      <Rows one={one} isWorking={isWorking(one)} />
    </Flex>
  );
}
