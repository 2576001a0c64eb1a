/** What went wrong, why, and what to do about it. */
import { Alert, Button, Typography } from "antd";
import { ApiError } from "./api";
import { refusalText } from "./told/refusal";
import { useLanguage, useWords, words } from "./words";

const says = words({
  en: {
    noAnswer: "The server does not answer",
    noAnswerHelp: "Check the connection and whether it is running. This page tries again by itself.",
    busy: (seconds: number) => `Try again in ${seconds} s.`,
    failed: "That did not work",
    forbidden: "Your role does not allow this",
    request: (id: string) => `Request ${id} in the log of the server`,
    again: "Try again",
  },
  zh: {
    noAnswer: "服务器没有应答",
    noAnswerHelp: "请检查网络连接以及服务是否在运行。页面会自动重试。",
    busy: (seconds: number) => `请在 ${seconds} 秒后重试。`,
    failed: "操作未成功",
    forbidden: "您的角色没有此权限",
    request: (id: string) => `服务器日志中的请求编号：${id}`,
    again: "重试",
  },
});

/** A sentence for an error; for toasts. */
export function useErrorText(): (error: unknown) => string {
  const w = useWords(says);
  const language = useLanguage();
  return (error) => {
    if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
    if (error.status === 0) return w.noAnswer;
    const told = refusalText(error, language);
    return error.retryAfter ? `${told} ${w.busy(error.retryAfter)}` : told;
  };
}

/** An error in the place of what could not be shown. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const api = error instanceof ApiError ? error : null;
  const title = api?.status === 0 ? w.noAnswer : api?.status === 403 ? w.forbidden : w.failed;
  return (
    <Alert
      type={api?.status === 403 ? "warning" : "error"}
      showIcon
      role="alert"
      title={title}
      description={
        <>
          <div>{api?.status === 0 ? w.noAnswerHelp : text(error)}</div>
          {api?.requestId ? (
            <Typography.Text type="secondary">{w.request(api.requestId)}</Typography.Text>
          ) : null}
        </>
      }
      action={
        retry ? (
          <Button size="small" onClick={retry}>
            {w.again}
          </Button>
        ) : null
      }
    />
  );
}

/** The same within a form, above its button; nothing while nothing is wrong. */
export function FormFailure({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <div style={{ marginBottom: 16 }}>
      <Failure error={error} />
    </div>
  );
}
