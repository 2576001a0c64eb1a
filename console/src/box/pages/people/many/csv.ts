/** Lists as spreadsheets write them: read whatever separates their cells, written with commas. */

/** A line that is not empty, with its number in the file. */
export type Cells = { line: number; cells: string[] };

/** The text of a file: UTF-8, or GB18030 as spreadsheets write it in China; null when it is neither. */
export function textOf(bytes: ArrayBuffer): string | null {
  for (const encoding of ["utf-8", "gb18030"]) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // The next one may fit.
    }
  }
  return null;
}

export function parse(text: string): Cells[] {
  const separator = separatorOf(text);
  const lines: Cells[] = [];
  let [cell, cells, line, begun, isQuoted] = ["", [] as string[], 1, 1, false];
  const endLine = () => {
    cells.push(cell.trim());
    if (cells.some((each) => each !== "")) lines.push({ line: begun, cells });
    [cell, cells, begun] = ["", [], line];
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (letter === "\n") line += 1;
    if (isQuoted && letter === '"' && text[at + 1] === '"') {
      cell += letter;
      at += 1;
    } else if (letter === '"' && (isQuoted || cell.trim() === "")) {
      if (!isQuoted) cell = "";
      isQuoted = !isQuoted;
    } else if (isQuoted) cell += letter;
    else if (letter === separator) {
      cells.push(cell.trim());
      cell = "";
    } else if (letter === "\n") endLine();
    else cell += letter;
  }
  endLine();
  return lines;
}

/** What occurs most in the first line. */
function separatorOf(text: string): string {
  const first = text.slice(0, text.indexOf("\n") + 1 || text.length);
  const count = (separator: string) => first.split(separator).length;
  return [",", ";", "\t"].reduce((best, one) => (count(one) > count(best) ? one : best));
}

export function write(lines: string[][]): string {
  const quoted = (cell: string) => (/[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}
