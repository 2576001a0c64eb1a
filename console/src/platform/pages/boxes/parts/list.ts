/** A list of boxes as people type or paste it, and as installers get it. */

export type Line = { name: string; site: string; dev_sno?: string };

/** One box in each line: name, site, key; by comma, semicolon or tab. What is empty is left out. */
export function linesOf(text: string): Line[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.split(/[\t;,，；]/).map((part) => part.trim()))
    .filter(([name]) => name)
    .map(([name = "", site = "", key]) => (key ? { name, site, dev_sno: key } : { name, site }));
}

export type Added = { dev_sno: string; name: string; site: string; login_url: string };

/** The list for a spreadsheet; what it would take for a formula is led by an apostrophe. */
export function csvOf(boxes: Added[]): string {
  const cell = (value: string) => {
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = boxes.map(({ dev_sno, name, site, login_url }) => [dev_sno, name, site, login_url]);
  return [["dev_sno", "name", "site", "login_url"], ...rows]
    .map((row) => `${row.map(cell).join(",")}\r\n`)
    .join("");
}
