/** Why a face was judged as it was: the answer first, then each gate, then what was measured. */
import { CheckCircleFilled, CloseCircleFilled, MinusCircleOutlined } from "@ant-design/icons";
import { Alert, Card, Flex, Tag, Typography, theme } from "antd";
import type { ReactNode } from "react";
import { useLanguage, useWords, words } from "../words";
import { capital, inWords } from "./found";
import { Measurements } from "./Measurements";
import { Resemblance } from "./Resemblance";
import { headline, sentences } from "./sentences";
import { doorMoved, type Step, type Told } from "./trace";
import { gateAdvice, gateQuestions } from "./words";

const says = words({
  en: {
    gates: "The gates",
    gatesHint: "Every gate is asked, also those behind the one that decided.",
    decided: "decided",
    yes: "yes",
    no: "no",
    unasked: "not asked",
    how: "How it was found out",
    measured: "What was measured",
    todo: "What can be done:",
    flag: {
      blacklist: "This person is on the blacklist.",
      possible_blacklist: "This may be somebody on the blacklist.",
    },
    old: "The box that made this event did not say what each gate found.",
  },
  zh: {
    gates: "各道关口",
    gatesHint: "每道关口都会判断，包括作出决定之后的关口。",
    decided: "决定",
    yes: "是",
    no: "否",
    unasked: "未判断",
    how: "判断过程",
    measured: "测量结果",
    todo: "可以这样处理：",
    flag: { blacklist: "此人在黑名单上。", possible_blacklist: "可能是黑名单上的人员。" },
    old: "产生此事件的设备未说明各道关口的判断。",
  },
});

export function Explanation({ told, extra }: { told: Told; extra?: ReactNode }) {
  const w = useWords(says);
  const advice = useWords(gateAdvice);
  const language = useLanguage();
  const { trace } = told;
  const isIn = told.verdict === "let_in";
  const doorFailed = isIn && told.door !== null && told.door.action !== "none" && !doorMoved(told.door);
  return (
    <Flex vertical gap={16}>
      {trace.flag ? <Alert type="error" showIcon title={w.flag[trace.flag]} /> : null}
      <Alert
        type={doorFailed ? "error" : isIn ? "success" : "warning"}
        showIcon
        title={headline(told, language)}
        description={!isIn && trace.gate ? `${w.todo} ${advice[trace.gate] ?? ""}` : null}
      />
      {extra}
      <Card size="small" title={w.gates}>
        <Typography.Paragraph type="secondary">
          {trace.steps.length > 0 ? w.gatesHint : w.old}
        </Typography.Paragraph>
        <ol className="gates">
          {trace.steps.map((step) => (
            <Gate key={step.gate} step={step} decided={!isIn && step.gate === trace.gate} />
          ))}
        </ol>
      </Card>
      <Card size="small" title={w.how}>
        {trace.thresholds && trace.candidates.length > 0 ? <Resemblance told={told} /> : null}
        <ul className="sentences">
          {sentences(told, language).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Card>
      <Card size="small" title={w.measured}>
        <Measurements trace={trace} />
      </Card>
    </Flex>
  );
}

function Gate({ step, decided }: { step: Step; decided: boolean }) {
  const w = useWords(says);
  const questions = useWords(gateQuestions);
  const language = useLanguage();
  const { token } = theme.useToken();
  const [icon, word] =
    step.open === null
      ? [<MinusCircleOutlined key="none" style={{ color: token.colorTextSecondary }} />, w.unasked]
      : step.open
        ? [<CheckCircleFilled key="yes" style={{ color: token.colorSuccess }} />, w.yes]
        : [<CloseCircleFilled key="no" style={{ color: token.colorError }} />, w.no];
  return (
    <li>
      <span className="gate-sign" role="img" aria-label={word}>
        {icon}
      </span>
      <div>
        <Typography.Text strong={decided}>{questions[step.gate] ?? step.gate}</Typography.Text>{" "}
        {decided ? <Tag color="red">{w.decided}</Tag> : null}
        <div>
          <Typography.Text type="secondary">{capital(inWords(step.found, language))}</Typography.Text>
        </div>
      </div>
    </li>
  );
}
