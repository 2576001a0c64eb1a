/** What the box said besides, word for word, for whoever has to know. */
import { Collapse } from "antd";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { eventSays } from "./words";

export function Raw({ event }: { event: Schema<"EventView"> }) {
  const w = useWords(eventSays);
  return (
    <Collapse
      size="small"
      items={[
        {
          key: "raw",
          label: w.raw,
          children: (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
            <section className="event-raw mono" aria-label={w.raw} tabIndex={0}>
              <pre>{JSON.stringify(event.detail, null, 2)}</pre>
            </section>
          ),
        },
      ]}
    />
  );
}
