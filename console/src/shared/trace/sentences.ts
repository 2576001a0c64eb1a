/** "Why did the door not open?" in sentences, made from the trace alone. */
import type { Language } from "../words";
import { capital, checks, inWords } from "./found";
import type { Told } from "./trace";
import { doorMoved } from "./trace";
import { levelNames } from "./words";

const EN = {
  opened: (who: string) => `The door opened for ${who}.`,
  alarm: (who: string) => `The alarm was raised for ${who}; the door stayed shut.`,
  mayPass: (who: string) => `${who} may pass here.`,
  letInNoDoor: (who: string, why: string) => `${who} may pass; no door was moved: ${why}.`,
  doorFailed: (who: string, why: string) => `${who} may pass, but the door did not open: ${why}.`,
  refused: (who: string, why: string) => `${who} was not let in: ${why}.`,
  possible: (why: string) => `Nobody was named: the face ${why}.`,
  stranger: (why: string) => `A stranger: the face ${why}.`,
  somebody: "Somebody",
  picture: (faces: number, size: string) =>
    `The picture shows ${faces === 1 ? "one face" : `${faces} faces`}; this one measures ${size} pixels.`,
  good: (level: string) => `It is good enough for the quality level “${level}”.`,
  poor: (level: string, fails: string) => `It fails the quality level “${level}”: ${fails}.`,
  nearest: (count: number, who: string, cosine: string) =>
    `Of ${count} enrolled it resembles ${who} most (similarity ${cosine}).`,
  next: (who: string, cosine: string) => `Next comes ${who} (${cosine}).`,
  needs: (name: string, nameRate: string, door: string, doorRate: string) =>
    `Here a name needs a similarity of ${name} (about ${nameRate} of strangers would get one) and a door ${door} (${doorRate}).`,
  living: (share: string) => `A living person, as far as one camera can tell: ${share}.`,
};

const ZH: typeof EN = {
  opened: (who) => `已为${who}开门。`,
  alarm: (who) => `已因${who}报警，门保持关闭。`,
  mayPass: (who) => `${who}可在此通行。`,
  letInNoDoor: (who, why) => `${who}允许通行；未控制门：${why}。`,
  doorFailed: (who, why) => `${who}允许通行，但门没有打开：${why}。`,
  refused: (who, why) => `${who}未被放行：${why}。`,
  possible: (why) => `未确认姓名：${why}。`,
  stranger: (why) => `陌生人：${why}。`,
  somebody: "此人",
  picture: (faces, size) => `画面中有 ${faces} 张人脸；此人脸为 ${size} 像素。`,
  good: (level) => `画质达到“${level}”级别。`,
  poor: (level, fails) => `画质未达到“${level}”级别：${fails}。`,
  nearest: (count, who, cosine) => `在 ${count} 名已登记人员中与 ${who} 最相似（相似度 ${cosine}）。`,
  next: (who, cosine) => `其次是 ${who}（${cosine}）。`,
  needs: (name, nameRate, door, doorRate) =>
    `此处显示姓名需要相似度 ${name}（约 ${nameRate} 的陌生人会误得姓名），开门需要 ${door}（${doorRate}）。`,
  living: (share) => `活体可能性（单摄像机估计）：${share}。`,
};

const SAYS = { en: EN, zh: ZH };

const rate = (share: number) => `${(share * 100).toFixed(2)} %`;
const three = (cosine: number) => cosine.toFixed(3);

/** Whom a person's id means, as far as it is still known. */
export function nameOf(told: Pick<Told, "names">, id: string): string {
  const name = told.names[id];
  return name ? `${name} (${id})` : id;
}

/** The answer in one sentence. */
export function headline(told: Told, language: Language): string {
  const w = SAYS[language];
  const who = told.identity_id === "" ? w.somebody : told.identity_name || told.identity_id;
  const why = inWords(told.reason, language);
  if (told.verdict === "stranger") return w.stranger(why);
  if (told.verdict === "possible") return w.possible(why);
  if (told.verdict === "refused") return w.refused(who, why);
  if (doorMoved(told.door)) return told.door?.action === "alarm" ? w.alarm(who) : w.opened(who);
  const door = told.door;
  if (!door || (door.action === "none" && door.reason === told.reason)) return w.mayPass(who);
  if (door.action === "none") return w.letInNoDoor(who, inWords(door.reason, language));
  return w.doorFailed(who, inWords(door.result, language).replace(/^(failed: |失败：)/, ""));
}

/** What was found out on the way, in its order. */
export function sentences(told: Told, language: Language): string[] {
  const w = SAYS[language];
  const { trace } = told;
  const said: string[] = [];
  if (trace.faces !== undefined && trace.bbox) {
    const [left, top, right, bottom] = trace.bbox;
    said.push(w.picture(trace.faces, `${right - left} × ${bottom - top}`));
  }
  if (trace.quality) {
    const level = levelNames[language][trace.quality.level] ?? trace.quality.level;
    const { fails } = trace.quality;
    said.push(fails.length === 0 ? w.good(level) : w.poor(level, checks(fails.join(", "), language)));
  }
  const [best, next] = trace.candidates;
  if (best) {
    said.push(w.nearest(trace.thresholds?.enrolled ?? 0, nameOf(told, best.identity_id), three(best.cosine)));
    if (next) said.push(w.next(nameOf(told, next.identity_id), three(next.cosine)));
  }
  const limits = trace.thresholds;
  if (limits) {
    said.push(
      w.needs(three(limits.name), rate(limits.name_rate), three(limits.door), rate(limits.door_rate)),
    );
  }
  if (trace.liveness?.checked) said.push(w.living(rate(trace.liveness.score)));
  return said.map(capital);
}
