/** What a deed was done to, leading there where there is a page for it. */
import { Link } from "@tanstack/react-router";
import type { Schema } from "../../../api";

export function Subject({ row: { action, subject, detail } }: { row: Schema<"AuditView"> }) {
  const noun = action.split(".")[0] ?? "";
  // A deed of which nothing else matters has none.
  const { of } = (detail ?? {}) as { of?: unknown };
  if (!subject) return <>–</>;
  const text = <span className="mono">{subject}</span>;
  if (noun === "box" || noun === "command") {
    return (
      <Link to="/boxes/$devSno" params={{ devSno: subject }}>
        {text}
      </Link>
    );
  }
  if (noun === "person" || (noun === "photo" && of !== "event")) {
    return (
      <Link to="/people/$id" params={{ id: subject }}>
        {text}
      </Link>
    );
  }
  if (noun === "photo") {
    return (
      <Link to="/events/$id" params={{ id: subject }}>
        {text}
      </Link>
    );
  }
  if (noun === "webhook") {
    return (
      <Link to="/webhooks/$id" params={{ id: subject }}>
        {text}
      </Link>
    );
  }
  return text;
}
