// A screen runs for months: when the box has another version of the page, it is loaded anew.

let known: string | undefined;

async function tag(): Promise<string | undefined> {
  const answer = await fetch(location.pathname, { method: "HEAD", headers: { accept: "text/html" } });
  return answer.ok ? (answer.headers.get("etag") ?? undefined) : undefined;
}

/** To be called whenever the box was reached again. */
export async function keepCurrent(): Promise<void> {
  try {
    const found = await tag();
    if (known && found && known !== found) location.reload();
    known ??= found;
  } catch {
    // Not reached after all; the next connection asks again.
  }
}
