/** On other pages: that the first steps are not all done, until somebody does not want to be told. */
import { Link } from "@tanstack/react-router";
import { Alert, Button, Flex } from "antd";
import { useWords } from "@/shared/words";
import { STEPS, useHidden, useProgress } from "./progress";
import { says } from "./words";

export function Reminder() {
  const w = useWords(says);
  const { progress } = useProgress(15_000);
  const [isHidden, hide] = useHidden();
  if (isHidden || !progress || STEPS.every((step) => progress.done[step])) return null;
  return (
    <Alert
      type="info"
      showIcon
      title={w.banner}
      action={
        <Flex gap={8}>
          <Link to="/start">{w.goOn}</Link>
          <Button size="small" type="text" onClick={hide}>
            {w.hide}
          </Button>
        </Flex>
      }
    />
  );
}
