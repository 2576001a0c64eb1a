/** How far a command is, and what a box's answer means. */
import { Tag, Typography } from "antd";
import { codeWords } from "@/shared/codes";
import { commandStates } from "@/shared/domain";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";

const COLOURS: Record<string, string> = {
  queued: "default",
  published: "processing",
  done: "success",
  failed: "error",
  expired: "warning",
};

export function CommandState({ state }: { state: string }) {
  const w = useWords(commandStates);
  return <Tag color={COLOURS[state] ?? "default"}>{w[state] ?? state}</Tag>;
}

/** "40004: there is no face in the picture (no face)". */
export function useAnswer(): (code: string | null | undefined, message: string | null | undefined) => string {
  const codes = useWords(codeWords);
  const told = useTold();
  return (code, said) => {
    const message = told(said ?? "");
    if (!code) return message;
    const meaning = codes[code];
    if (code === "0") return message || (meaning ?? code);
    if (!meaning) return message ? `${code}: ${message}` : code;
    return message && message !== meaning ? `${code}: ${meaning} (${message})` : `${code}: ${meaning}`;
  };
}

export function Answer({ code, message }: { code?: string | null; message?: string | null }) {
  const answer = useAnswer();
  const text = answer(code, message);
  return text ? (
    <Typography.Text type={code && code !== "0" ? "danger" : undefined}>{text}</Typography.Text>
  ) : (
    <span>–</span>
  );
}
