/** What a box's answer tells of each person, and of each face of a picture; answers of any shape can be read. */

export type PersonResult = { id: string; name: string; code: string; message: string; ok: boolean };

export type FaceResult = {
  passed: boolean;
  fails: string[];
  success: string[];
  faceSize: number | null;
  brightness: number | null;
  clarity: number | null;
  mask: number | null;
  pose: { pitch: number; roll: number; yaw: number } | null;
};

type Fields = Record<string, unknown>;

/** People of the answer; those a command was for and the answer does not tell of are left out. */
export function peopleOf(result: unknown): PersonResult[] {
  const told = fields(result);
  const read = (list: unknown, ok: boolean) =>
    listOf(list).map((row) => ({
      id: text(row.userid ?? row.user_id ?? row.identity_id),
      name: text(row.username ?? row.name),
      code: text(row.code),
      message: text(row.message ?? row.msg),
      ok,
    }));
  return [...read(told.failed_users, false), ...read(told.success_users, true)];
}

/** Faces of the answer to a quality check. */
export function facesOf(result: unknown): FaceResult[] {
  return listOf(fields(result).data ?? result).map((face) => {
    const info = fields(face.info);
    const pose = fields(info.headpose);
    const [pitch, roll, yaw] = [pose.pitch_angle, pose.roll_angle, pose.yaw_angle].map(number);
    const known = typeof pitch === "number" && typeof roll === "number" && typeof yaw === "number";
    return {
      passed: face.fiqa_result === true,
      fails: texts(face.fails),
      success: texts(face.success),
      faceSize: number(info.face_size),
      brightness: number(info.brightness),
      clarity: number(info.clarity),
      mask: number(info.mask),
      pose: known ? { pitch, roll, yaw } : null,
    };
  });
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
