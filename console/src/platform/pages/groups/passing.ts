/** Who may pass where, and why: by the groups people, boxes and cameras have in common. */
import type { Schema } from "../../api";

type Person = Pick<Schema<"PersonView">, "groups" | "type" | "photo" | "valid_from" | "valid_until">;
type Box = Pick<Schema<"BoxView">, "groups">;
type Camera = Pick<Schema<"CameraView">, "group_id">;

const BLACKLIST = 3;

/** What keeps a person out everywhere, whatever their groups. */
export type Bar = "blacklist" | "photo" | "expired" | "not_yet";

export function barOf(person: Person, now: number): Bar | null {
  if (person.type === BLACKLIST) return "blacklist";
  if (!person.photo) return "photo";
  if (person.valid_until !== null && person.valid_until !== undefined && person.valid_until <= now)
    return "expired";
  if (person.valid_from !== null && person.valid_from !== undefined && person.valid_from > now)
    return "not_yet";
  return null;
}

/** The groups by which a person is brought to a box. */
export function common(person: Pick<Person, "groups">, box: Box): string[] {
  return person.groups.filter((group) => box.groups.includes(group));
}

/**
 * Whether a camera of a box lets somebody with these groups pass, by the group the box reports for it. A camera without one
 * lets everybody pass whom the box holds.
 */
export function passesAt(camera: Camera, shared: string[], person: Pick<Person, "groups">): boolean {
  if (shared.length === 0) return false;
  return !camera.group_id || person.groups.includes(camera.group_id);
}
