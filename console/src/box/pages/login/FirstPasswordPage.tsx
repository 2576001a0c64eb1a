/** A password that the box made up is changed before anything else is shown. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { Typography } from "antd";
import { useWords, words } from "@/shared/words";
import { Bare } from "./Bare";
import { PasswordForm } from "./PasswordForm";

const says = words({
  en: {
    title: "Choose a password of your own",
    why: "The one you came in with was made up by the box and stood in its log. Until it is changed the box answers nothing else.",
  },
  zh: {
    title: "请设置您自己的密码",
    why: "您登录所用的密码由设备生成，并写在其日志中。修改之前设备不提供其他功能。",
  },
});

export function FirstPasswordPage() {
  const w = useWords(says);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const { to } = useSearch({ from: "/first-password" });
  const goOn = async () => {
    queries.clear();
    if (to?.startsWith("/") && !to.startsWith("//")) router.history.push(to);
    else await navigate({ to: "/" });
  };
  return (
    <Bare title={w.title}>
      <Typography.Paragraph type="secondary">{w.why}</Typography.Paragraph>
      <PasswordForm onChanged={goOn} />
    </Bare>
  );
}
