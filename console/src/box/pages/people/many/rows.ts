/** A list of people: its columns, and what of a line becomes a person. */
import type { Written } from "../../../fog";
import type { says } from "../manyWords";
import { type Cells, parse, write } from "./csv";
import type { Entry } from "./zip";

type Words = (typeof says)["en"];

/** Columns, and what they are called in other lists. */
const COLUMNS = {
  identity_id: ["id", "userid", "编号", "人员编号"],
  name: ["fullname", "姓名"],
  type: ["类型"],
  groups: ["permissiongroups", "权限组"],
  libraries: ["library", "人脸库"],
  card: ["cardnumber", "visitcardnumber", "卡号"],
  description: ["描述"],
  valid_from: ["生效日期"],
  valid_until: ["失效日期"],
  photo: ["picture", "照片"],
} as const;
type Column = keyof typeof COLUMNS;

const TYPES = [
  ["employee", "员工"],
  ["visitor", "访客"],
  ["blacklist", "黑名单"],
  ["stranger", "陌生人"],
  ["vip", "贵宾"],
];
/** What an earlier attempt wrote beside its lines. */
const REASON = "reason";

export type List = { header: string[]; rows: Cells[]; places: Map<Column, number>; unknown: string[] };

/** Whom the box knows groups and libraries by. */
export type Ground = { groups: { id: string; name: string }[]; libraries: string[] };
export type New = { id: string; photo: Blob; libraries: string[]; info: Written };

const plain = (header: string) => header.toLowerCase().replace(/[\s\p{P}]/gu, "");

/** What a list holds; throws a sentence when it holds nothing to begin with. */
export function listOf(text: string, w: Words): List {
  const [first, ...rows] = parse(text);
  const header = first?.cells ?? [];
  const places = new Map<Column, number>();
  const unknown: string[] = [];
  for (const [place, title] of header.entries()) {
    const found = (Object.keys(COLUMNS) as Column[]).find((column) =>
      [plain(column), ...COLUMNS[column]].includes(plain(title)),
    );
    if (found && !places.has(found)) places.set(found, place);
    else if (title !== "" && plain(title) !== REASON) unknown.push(title);
  }
  for (const column of ["identity_id", "name"] as const)
    if (!places.has(column)) throw new Error(w.noColumn(column));
  if (rows.length === 0) throw new Error(w.noRows);
  return { header, rows, places, unknown };
}

/** The person of a line; throws a sentence about what is wrong with it. */
export async function personOf(
  { cells, line }: Cells,
  list: List,
  ground: Ground,
  photos: Entry[] | null,
  w: Words,
): Promise<New> {
  const cell = (column: Column) => cells[list.places.get(column) ?? -1] ?? "";
  const id = cell("identity_id");
  if (id === "") throw new Error(w.noId);
  const before = list.rows.find((row) => row.cells[list.places.get("identity_id") ?? -1] === id);
  if (before && before.line < line) throw new Error(w.twice(before.line));
  if (cell("name") === "") throw new Error(w.noName);
  const further = {
    visit_card_number: cell("card"),
    description: cell("description"),
    valid_from: cell("valid_from"),
    valid_until: cell("valid_until"),
  };
  const info = {
    ...Object.fromEntries(Object.entries(further).filter(([, value]) => value !== "")),
    name: cell("name"),
    type: typeOf(cell("type"), w),
    permission_ids: several(cell("groups"), "0").map((word) => {
      const group = ground.groups.find((one) => one.id === word || one.name === word);
      if (!group) throw new Error(w.wrongGroup(word));
      return group.id;
    }),
  };
  const libraries = several(cell("libraries"), "default_group");
  for (const name of libraries) if (!ground.libraries.includes(name)) throw new Error(w.wrongLibrary(name));
  return { id, photo: await photoOf(id, cell("photo"), photos, w), libraries, info };
}

function several(text: string, usual: string): string[] {
  const words = text.split(/[;,、]/).map((word) => word.trim());
  const found = words.filter((word) => word !== "");
  return found.length > 0 ? found : [usual];
}

function typeOf(word: string, w: Words): number {
  if (word === "") return 1;
  const at = TYPES.findIndex((names) => names.includes(word.toLowerCase()));
  const type = at < 0 ? Number(word) : at + 1;
  if (![1, 2, 3, 4, 5].includes(type)) throw new Error(w.wrongType(word));
  return type;
}

async function photoOf(id: string, wanted: string, photos: Entry[] | null, w: Words): Promise<Blob> {
  if (!photos) throw new Error(w.noPhotos);
  const isNamed = ({ name }: Entry) =>
    wanted === ""
      ? name
          .toLowerCase()
          .replace(/^.*\//, "")
          .replace(/\.(jpe?g|png|webp|bmp)$/, "") === id.toLowerCase()
      : name === wanted || name.endsWith(`/${wanted}`);
  const entry = photos.find((one) => isNamed(one) && !one.name.startsWith("__MACOSX/"));
  if (!entry) throw new Error(w.noPhoto(wanted || id));
  try {
    return await entry.read();
  } catch {
    throw new Error(w.wrongEntry);
  }
}

/** A list with a line to show how it is written. */
export function template(): string {
  const example = ["1001", "Wang Wu", "employee", "0", "default_group", "4711", "", "", "", "1001.jpg"];
  return write([Object.keys(COLUMNS), example]);
}

/** The lines that were not done, with the reason of each, to be corrected and sent again. */
export function again(list: List, failed: { row: Cells; reason: string }[]): string {
  const kept = list.header.map((_, place) => place).filter((at) => plain(list.header[at] ?? "") !== REASON);
  const line = (cells: string[], reason: string) => [...kept.map((at) => cells[at] ?? ""), reason];
  return write([line(list.header, REASON), ...failed.map(({ row, reason }) => line(row.cells, reason))]);
}
