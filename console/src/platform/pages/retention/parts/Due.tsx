/** What would be removed now, in sentences. */
import { Alert, Typography } from "antd";
import { bytes } from "@/shared/domain";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { retentionWords } from "../words";

export function Due({ items }: { items: Schema<"DueView">[] }) {
  const w = useWords(retentionWords);
  const language = useLanguage();
  const count = (number: number) => new Intl.NumberFormat(language).format(number);
  const day = (at: number) => new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(at);
  const due = items.filter(({ events, pictures }) => events > 0 || pictures > 0);
  if (due.length === 0) return <Alert type="success" showIcon role="status" title={w.dueNone} />;
  return (
    <Alert
      type="warning"
      showIcon
      role="status"
      title={w.due}
      description={
        <ul className="plain-list">
          {due.map((item) => (
            <li key={`${item.class}-${item.what}`}>
              <Typography.Text strong>{w.classes[item.class] ?? item.class}</Typography.Text>:{" "}
              {item.what === "events" ? w.dueEvents(count(item.events)) : w.duePictures(count(item.events))}
              {" – "}
              {w.pictures(count(item.pictures), bytes(item.bytes))}
              {item.oldest != null && item.newest != null
                ? `, ${w.span(day(item.oldest), day(item.newest))}`
                : null}
              {item.more ? `, ${w.more}` : null}
            </li>
          ))}
        </ul>
      }
    />
  );
}
