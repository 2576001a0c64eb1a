/** Both pictures in full; where the box told where the face is, the face is in their middle. */
import { Image, Typography } from "antd";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { eventSays } from "./words";

export function Pictures({ event }: { event: Schema<"EventView"> }) {
  const w = useWords(eventSays);
  return (
    <Image.PreviewGroup>
      <div className="event-pictures">
        {event.stranger ? null : <Picture url={event.photos.reg} name={w.reg} none={w.noReg} />}
        <Picture url={event.photos.spot} name={w.spot} none={w.noSpot} />
      </div>
    </Image.PreviewGroup>
  );
}

function Picture({ url, name, none }: { url: string | null | undefined; name: string; none: string }) {
  const w = useWords(eventSays);
  return (
    <figure>
      {url ? (
        <Image src={url} alt={name} preview={{ cover: w.full }} />
      ) : (
        <div className="event-no-picture">
          <Typography.Text type="secondary">{none}</Typography.Text>
        </div>
      )}
      <figcaption>
        <Typography.Text type="secondary">{name}</Typography.Text>
      </figcaption>
    </figure>
  );
}
