/** Pages in place of pages: nothing at this address, or broken. */
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { Button, Result } from "antd";
import { Failure } from "./Failure";
import { useWords, words } from "./words";

const says = words({
  en: { nothing: "There is no page at this address", home: "To the first page" },
  zh: { nothing: "此地址没有页面", home: "返回首页" },
});

export function NotFound() {
  const w = useWords(says);
  return <Result status="404" title={w.nothing} extra={<Home />} />;
}

export function Crashed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="page">
      <Failure error={error} retry={again} />
    </div>
  );
}

export function Home() {
  const w = useWords(says);
  return (
    <Link to="/">
      <Button type="primary">{w.home}</Button>
    </Link>
  );
}
