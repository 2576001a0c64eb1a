/** Everything a list hands out page by page. */
export async function everything<Row>(
  page: (cursor: string | undefined) => Promise<{ items: Row[]; next?: string | null }>,
): Promise<Row[]> {
  const all: Row[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    all.push(...items);
    cursor = next ?? undefined;
  } while (cursor);
  return all;
}
