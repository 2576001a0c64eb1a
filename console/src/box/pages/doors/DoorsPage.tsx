/** The doors: their mode, and each with a test and what it last did. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Empty, Flex, Skeleton } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { DoorCard } from "./DoorCard";
import { Mode } from "./Mode";
import { says } from "./words";

export function DoorsPage() {
  const w = useWords(says);
  const doors = useQuery({
    queryKey: ["doors"],
    queryFn: () => must(api.GET("/api/v1/doors")),
    refetchInterval: 3_000,
  });
  const { data, error } = doors;
  return (
    <Page title={w.title} hint={w.hint}>
      {error ? <Failure error={error} retry={() => doors.refetch()} /> : null}
      {data ? (
        <Flex vertical gap={16}>
          <Mode mode={data.mode} />
          {data.items.length === 0 ? (
            <Empty description={w.none}>
              <Link to="/cameras">{w.cameras}</Link>
            </Empty>
          ) : null}
          <div className="cards wide">
            {data.items.map((door) => (
              <DoorCard key={door.camera} door={door} />
            ))}
          </div>
        </Flex>
      ) : error ? null : (
        <Skeleton active />
      )}
    </Page>
  );
}
