// Server-sent events out of the pieces they arrive in. No browser in here, so that it can be tested alone.

export interface ServerEvent {
  name: string;
  data: string;
  id: string;
}

/** What is kept of an event whose end has not come; a longer one is no event of ours. */
const LONGEST = 1 << 20;

export class EventReader {
  private rest = "";

  /** The events that are whole with this piece. */
  read(piece: string): ServerEvent[] {
    this.rest += piece.replaceAll("\r", "");
    const parts = this.rest.split("\n\n");
    this.rest = parts.pop() ?? "";
    if (this.rest.length > LONGEST) throw new Error("an event without an end");
    return parts.map(event).filter((event) => event.data !== "" || event.name !== "");
  }
}

function event(text: string): ServerEvent {
  const found: ServerEvent = { name: "", data: "", id: "" };
  const data: string[] = [];
  for (const line of text.split("\n")) {
    const at = line.indexOf(":");
    if (at <= 0) continue;
    const value = line.slice(at + 1).replace(/^ /, "");
    const field = line.slice(0, at);
    if (field === "event") found.name = value;
    else if (field === "id") found.id = value;
    else if (field === "data") data.push(value);
  }
  found.data = data.join("\n");
  return found;
}
