/** Sends the files of an import one after the other, telling how much of each has gone out. */
import { must, sendFile } from "@/shared/api";
import { api, type Schema } from "../../api";

export type Import = Schema<"ImportView">;
export type How = { existing: Schema<"Existing">; timeZone: string; dryRun: boolean };
export type Sent = { name: string; share: number };

export async function sendFiles(files: File[], how: How, tell: (sent: Sent) => void): Promise<Import> {
  const query = new URLSearchParams({ existing: how.existing, time_zone: how.timeZone });
  if (how.dryRun) query.set("dry_run", "true");
  let begun: Import | null = null;
  for (const [at, file] of files.entries()) {
    if (at < files.length - 1) query.set("more", "true");
    else query.delete("more");
    const more = query.has("more") ? "?more=true" : "";
    const url: string = begun
      ? `/api/v1/people/imports/${begun.id}/files${more}`
      : `/api/v1/people/imports?${query}`;
    tell({ name: file.name, share: 0 });
    try {
      begun = await sendFile<Import>("POST", url, file, (share) => tell({ name: file.name, share }));
    } catch (error) {
      // What waits for a file that will not come is not left behind.
      if (begun) await cancel(begun.id).catch(() => undefined);
      throw error;
    }
  }
  if (!begun) throw new Error("no file");
  return begun;
}

export function cancel(id: string): Promise<Import> {
  return must(api.POST("/api/v1/people/imports/{id}/cancel", { params: { path: { id } } }));
}
