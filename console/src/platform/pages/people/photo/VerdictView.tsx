/** A verdict in words: whether the photo can be used, what was measured, and what to do about what failed. */
import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { Alert, Flex, Typography, theme } from "antd";
import { percent } from "@/shared/domain";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import { type Check, checksOf, LIMITS, USABLE, type Verdict } from "./verdict";
import { says } from "./words";

export function VerdictView({ verdict }: { verdict: Verdict }) {
  const w = useWords(says);
  const told = useTold();
  const checks = checksOf(verdict.quality);
  const faces = verdict.faces?.length ?? 0;
  const isUsable = verdict.code === USABLE;
  const title = !isUsable
    ? (w.refused[verdict.code] ?? w.refusedOther)
    : verdict.judged
      ? w.usable
      : w.unjudged;
  const advice = isUsable
    ? []
    : checks.filter(({ passed }) => !passed).map((check) => w.advice[check.advice]);
  const todo = w.todo[verdict.code];
  if (!isUsable && todo) advice.unshift(todo);
  if (faces > 1) advice.push(w.many(faces));
  // A code without words of ours keeps the platform's own sentence.
  if (!isUsable && !w.refused[verdict.code]) advice.unshift(told(verdict.message));
  return (
    <Flex vertical gap={12}>
      <Alert
        type={!isUsable ? "error" : verdict.judged ? "success" : "info"}
        showIcon
        role={isUsable ? "status" : "alert"}
        title={title}
        description={advice.length > 0 ? advice.map((text) => <div key={text}>{text}</div>) : undefined}
      />
      {checks.length > 0 ? (
        <ul className="verdict-checks">
          {checks.map((check) => (
            <CheckRow key={check.name} check={check} />
          ))}
        </ul>
      ) : null}
    </Flex>
  );
}

function CheckRow({ check }: { check: Check }) {
  const w = useWords(says);
  const { token } = theme.useToken();
  return (
    <li>
      {check.passed ? (
        <CheckCircleFilled style={{ color: token.colorSuccess }} aria-label={w.passed} />
      ) : (
        <CloseCircleFilled style={{ color: token.colorError }} aria-label={w.failed} />
      )}
      <span>{w.checks[check.name]}</span>
      <Typography.Text type="secondary">{useMeasured(check)}</Typography.Text>
    </li>
  );
}

function useMeasured({ name, value }: Check): string {
  const w = useWords(says);
  if (typeof value === "boolean") return (name === "occlusion" ? !value : value) ? w.yes : w.no;
  switch (name) {
    case "face_size":
      return w.pixels(value.toFixed(0), LIMITS.face_size);
    case "headpose":
      return w.degrees(value.toFixed(0), LIMITS.angles);
    case "brightness":
      return w.share(percent(value), percent(LIMITS.darkest), percent(LIMITS.brightest));
    default:
      return w.atLeast(value.toFixed(1), LIMITS.clarity);
  }
}
