/** Hands a text or a blob to whoever looks, as a file. */
export function download(name: string, content: string | Blob, type = "text/plain"): void {
  // The mark at the begin lets spreadsheets read the text as what it is.
  const blob =
    typeof content === "string" ? new Blob(["\ufeff", content], { type: `${type};charset=utf-8` }) : content;
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
