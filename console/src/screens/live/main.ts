/**
 * A live wall for a screen that nobody is logged in at. The key behind the hash opens it; when the platform revokes it, the
 * wall goes dark. It listens first and asks for what was before then, and shows each event once.
 */
import "./live.css";
import { timedFetch } from "@/shared/clock";
import { follow } from "@/shared/line";
import { ROOM, View, type WallEvent } from "./view";
import { w } from "./words";

const root = document.getElementById("wall");
/** Before asking again a platform that does not answer, in milliseconds. */
const AGAIN = 5_000;
/** How often it is asked whether the wall is still there, while the line is not. */
const LOOK = 3_000;
/** How often the ages are told anew. */
const TICK = 1_000;

let end = () => {};

/** Whether the key opens the wall: its answer, null when it does not, undefined without any answer. */
async function opened(key: string): Promise<{ name: string } | null | undefined> {
  try {
    const answer = await timedFetch("/api/v1/wall/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key }),
    });
    if (answer.ok) return await answer.json();
    return answer.status === 401 || answer.status === 422 ? null : undefined;
  } catch {
    return undefined;
  }
}

async function begin(root: HTMLElement): Promise<void> {
  end();
  const key = location.hash.slice(1);
  if (key === "") return View.refuse(root, w.noKey);
  const wall = await opened(key);
  if (wall === null) return View.refuse(root, w.revoked);
  if (wall === undefined) {
    View.refuse(root, w.noAnswer);
    const timer = setTimeout(() => begin(root), AGAIN);
    end = () => clearTimeout(timer);
    return;
  }
  watch(root, new View(root, wall.name));
}

function watch(root: HTMLElement, view: View): void {
  let isFilled = false;
  let isFilling = false;
  let isOpen = false;
  const heard: WallEvent[] = [];
  const fill = async () => {
    if (isFilled || isFilling) return;
    isFilling = true;
    try {
      const answer = await timedFetch("/api/v1/wall/events");
      if (!answer.ok) return;
      const { items } = (await answer.json()) as { items: WallEvent[] };
      isFilled = true;
      for (const event of items.reverse()) view.show(event);
      for (const event of heard.splice(0)) view.show(event);
    } catch {
      // It is asked again while the line is open.
    } finally {
      isFilling = false;
    }
  };
  const tell = (kind: string, data: unknown) => {
    if (kind === "hello") void fill();
    else if (isFilled) view.show(data as WallEvent);
    else {
      heard.push(data as WallEvent);
      // More than these would not stay on the wall.
      if (heard.length > ROOM) heard.shift();
    }
  };
  const stop = follow("/api/v1/wall/stream", ["hello", "event"], tell, (line) => {
    isOpen = line.state === "open";
    view.tellLine(line);
  });
  // A line that cannot be joined again may be broken, or the wall was revoked: only the platform can tell.
  const timer = setInterval(async () => {
    if (isOpen) return fill();
    const answer = await timedFetch("/api/v1/wall/events").catch(() => null);
    if (answer?.status !== 401) return;
    end();
    View.refuse(root, w.revoked);
  }, LOOK);
  const ages = setInterval(() => view.tick(), TICK);
  end = () => {
    stop();
    clearInterval(timer);
    clearInterval(ages);
    end = () => {};
  };
}

if (root) {
  addEventListener("hashchange", () => begin(root));
  void begin(root);
}
