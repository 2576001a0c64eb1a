/** From the first login to the first face that is let in, a step at a time; each ticks itself off. */
import { CheckCircleFilled } from "@ant-design/icons";
import { Link, useNavigate } from "@tanstack/react-router";
import { Alert, Progress as Bar, Button, Skeleton, Tooltip, theme } from "antd";
import { type ReactNode, useState } from "react";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { useMay } from "../../api";
import { PasswordForm } from "../account/PasswordForm";
import { BoxStep } from "./BoxStep";
import { CameraStep } from "./CameraStep";
import { PassStep } from "./PassStep";
import { PersonStep } from "./PersonStep";
import { type Progress, STEPS, type Step, useHidden, useProgress } from "./progress";
import { says } from "./words";
import "./start.css";

export function StartPage() {
  const w = useWords(says);
  const navigate = useNavigate();
  const { progress, error, again } = useProgress();
  const [, hide] = useHidden();
  const later = () => {
    hide();
    void navigate({ to: "/" });
  };
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <Tooltip title={w.laterHelp}>
          <Button onClick={later}>{w.later}</Button>
        </Tooltip>
      }
    >
      {progress ? (
        <Steps progress={progress} />
      ) : error ? (
        <Failure error={error} retry={again} />
      ) : (
        <Skeleton active paragraph={{ rows: 8 }} />
      )}
    </Page>
  );
}

function Steps({ progress }: { progress: Progress }) {
  const w = useWords(says);
  const [chosen, setChosen] = useState<Step | "none" | null>(null);
  const count = STEPS.filter((step) => progress.done[step]).length;
  const next = STEPS.find((step) => !progress.done[step]);
  // At the end the last one stays open: there stands who was let in.
  const open = chosen ?? next ?? STEPS.at(-1);
  return (
    <>
      <div className="start-bar">
        <Bar
          percent={(count / STEPS.length) * 100}
          showInfo={false}
          aria-label={w.done(count, STEPS.length)}
        />
        <span role="status">{w.done(count, STEPS.length)}</span>
      </div>
      {next ? null : (
        <Alert
          type="success"
          showIcon
          title={w.allDone}
          action={<Link to="/">{w.toOverview}</Link>}
          className="start-all"
        />
      )}
      <ol className="start-steps">
        {STEPS.map((step, index) => (
          <OneStep
            key={step}
            number={index + 1}
            step={step}
            isDone={progress.done[step]}
            isOpen={open === step}
            onToggle={() => setChosen(open === step ? "none" : step)}
          >
            <Content step={step} progress={progress} />
          </OneStep>
        ))}
      </ol>
    </>
  );
}

type OneProps = {
  number: number;
  step: Step;
  isDone: boolean;
  isOpen: boolean;
  onToggle: () => void;
  children: ReactNode;
};

function OneStep({ number, step, isDone, isOpen, onToggle, children }: OneProps) {
  const w = useWords(says);
  const { token } = theme.useToken();
  return (
    <li className="start-step" data-step={step} data-done={isDone}>
      <h2>
        <button type="button" aria-expanded={isOpen} onClick={onToggle}>
          <span className="start-mark" role="img" aria-label={isDone ? w.isDone : w.isOpen}>
            {isDone ? (
              <CheckCircleFilled style={{ color: token.colorSuccess }} />
            ) : (
              <b aria-hidden>{number}</b>
            )}
          </span>
          {w[step]}
        </button>
      </h2>
      {isOpen ? <div className="start-content">{children}</div> : null}
    </li>
  );
}

function Content({ step, progress }: { step: Step; progress: Progress }) {
  const w = useWords(says);
  const mayOperate = useMay("operator");
  const needsOperator = (step === "person" || step === "box") && !mayOperate;
  return (
    <>
      <p>{w[`${step}Why`]}</p>
      {needsOperator ? (
        <Alert type="info" showIcon title={w.mayNot} />
      ) : (
        <Act step={step} progress={progress} />
      )}
    </>
  );
}

function Act({ step, progress }: { step: Step; progress: Progress }) {
  if (step === "password") return <PasswordForm />;
  if (step === "person") return <PersonStep isDone={progress.done.person} />;
  if (step === "box") return <BoxStep boxes={progress.boxes} />;
  if (step === "camera") return <CameraStep boxes={progress.boxes} cameras={progress.stats.cameras} />;
  return <PassStep progress={progress} />;
}
