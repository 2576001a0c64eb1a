/** What a camera saw last, asked for now and then while it is in sight, with its age. */
import { useQuery } from "@tanstack/react-query";
import { Typography } from "antd";
import { useEffect, useRef, useState } from "react";
import { ApiError } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { useObjectUrl } from "../../shared/useObjectUrl";
import { says } from "./liveWords";

/** Between two pictures, in milliseconds. */
const PACE = 10_000;

type Picture = { jpeg: Blob; takenAt: number };

export function Preview({ name }: { name: string }) {
  const w = useWords(says);
  const text = useErrorText();
  const place = useRef<HTMLDivElement>(null);
  const isInSight = useInSight(place);
  const { data, error, isPending } = useQuery({
    queryKey: ["picture", name],
    queryFn: () => newest(name),
    enabled: isInSight,
    refetchInterval: PACE,
    gcTime: 0,
  });
  const url = useObjectUrl(data?.jpeg ?? null);
  return (
    <div ref={place} className="preview">
      {data && url ? (
        <>
          <img src={url} alt={w.preview(name)} />
          <Typography.Text type="secondary">
            {w.taken} <Age of={data.takenAt} />
          </Typography.Text>
        </>
      ) : (
        <div className="no-picture">
          {error ? text(error) : isPending || data ? w.connecting : w.noPicture}
        </div>
      )}
    </div>
  );
}

/** A camera's newest picture; null when it has shown none since the box was started. */
async function newest(name: string): Promise<Picture | null> {
  try {
    const { data, response } = await api.GET("/api/v1/cameras/{name}/picture", {
      params: { path: { name } },
      parseAs: "blob",
    });
    return { jpeg: data as unknown as Blob, takenAt: Number(response.headers.get("x-taken-at")) };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function useInSight(place: React.RefObject<HTMLElement | null>): boolean {
  const [isInSight, setInSight] = useState(false);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver(([entry]) => setInSight(entry?.isIntersecting ?? false));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);
  return isInSight;
}
