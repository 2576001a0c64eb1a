/** Live walls: made with a link that is shown once, listed, revoked. */
import { PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { personTypes } from "@/shared/domain";
import { Page } from "@/shared/Page";
import { TakeAway } from "@/shared/TakeAway";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { useBoxNames } from "../../parts/boxes";
import { useCameraName } from "../../parts/cameras";
import { NewWall } from "./NewWall";
import { says } from "./words";

type Wall = Schema<"WallView">;

export function WallsPage() {
  const w = useWords(says);
  const [isMaking, setMaking] = useState(false);
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
          {w.add}
        </Button>
      }
    >
      <CursorTable<Wall>
        queryKey={["walls"]}
        fetchPage={(cursor) => must(api.GET("/api/v1/walls", { params: { query: { cursor } } }))}
        refresh={15_000}
        rowKey="id"
        columns={[
          { key: "name", title: w.name, dataIndex: "name" },
          { key: "shows", title: w.shows, render: (_, wall) => <Shows wall={wall} /> },
          { key: "names", title: w.names, render: (_, wall) => (wall.show_names ? w.yes : w.no) },
          { key: "photos", title: w.photos, render: (_, wall) => (wall.show_photos ? w.yes : w.no) },
          {
            key: "made",
            title: w.madeBy,
            render: (_, wall) => (
              <>
                {wall.created_by}, <Age of={wall.created_at} />
              </>
            ),
          },
          { key: "used", title: w.used, render: (_, wall) => <Age of={wall.last_used_at} never={w.never} /> },
          { key: "revoke", title: "", align: "right", render: (_, wall) => <Revoke wall={wall} /> },
        ]}
        empty={
          <>
            <div>{w.none}</div>
            <Typography.Text type="secondary">{w.noneHelp}</Typography.Text>
          </>
        }
      />
      <NewWall open={isMaking} onClose={() => setMaking(false)} />
    </Page>
  );
}

/** What a wall is narrowed to, in words. */
function Shows({ wall: { site, dev_sno, ep_id, types: only } }: { wall: Wall }) {
  const w = useWords(says);
  const types = useWords(personTypes);
  const nameOf = useBoxNames(dev_sno ? [dev_sno] : []);
  const camera = useCameraName(ep_id);
  const all = [site, dev_sno && nameOf(dev_sno), camera, ...only.map((type) => types[type] ?? String(type))];
  const parts = all.filter(Boolean);
  return <>{parts.length > 0 ? parts.join(" · ") : w.everything}</>;
}

function Revoke({ wall }: { wall: Wall }) {
  const w = useWords(says);
  const queries = useQueryClient();
  const revoke = async () => {
    await api.DELETE("/api/v1/walls/{id}", { params: { path: { id: wall.id } } });
    await queries.invalidateQueries({ queryKey: ["walls"] });
  };
  return (
    <TakeAway
      action={w.revoke}
      ask={w.revokeTitle(wall.name)}
      hint={w.revokeHelp}
      work={revoke}
      done={w.revoked}
    />
  );
}
