/** The second factor: set up with a picture or a secret, confirmed with a code, given up with the password. */
import { CheckCircleFilled } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Flex, Typography, theme } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { useWords } from "@/shared/words";
import { api, type Schema, useSession } from "../../api";
import { ConfirmCode } from "./ConfirmCode";
import { ProvePassword } from "./ProvePassword";
import { RecoveryCodes } from "./RecoveryCodes";
import { says } from "./words";

type Step =
  | { at: "rest" | "begin" | "giveUp" }
  | { at: "confirm"; enrolment: Schema<"Enrolment"> }
  | { at: "codes"; codes: string[] };

export function SecondFactor() {
  const w = useWords(says);
  const { token } = theme.useToken();
  const session = useSession();
  const queries = useQueryClient();
  const [step, setStep] = useState<Step>({ at: "rest" });
  const rest = () => setStep({ at: "rest" });
  const isOn = session?.second_factor === true;
  const renew = () => queries.invalidateQueries({ queryKey: ["session"] });

  const begin = async (password: string) => {
    const enrolment = await must(api.POST("/api/v1/session/totp", { body: { password } }));
    setStep({ at: "confirm", enrolment });
  };
  const confirm = async (code: string) => {
    const { recovery_codes } = await must(api.PUT("/api/v1/session/totp", { body: { code } }));
    setStep({ at: "codes", codes: recovery_codes });
    await renew();
  };
  const giveUp = async (password: string) => {
    await api.DELETE("/api/v1/session/totp", { body: { password } });
    rest();
    await renew();
  };

  if (step.at === "codes") return <RecoveryCodes codes={step.codes} onDone={rest} />;
  if (step.at === "confirm")
    return <ConfirmCode enrolment={step.enrolment} onConfirm={confirm} onCancel={rest} />;
  if (step.at === "begin") return <ProvePassword action={w.goOn} onProve={begin} onCancel={rest} />;
  if (step.at === "giveUp")
    return (
      <>
        <Typography.Paragraph>{w.giveUpHelp}</Typography.Paragraph>
        <ProvePassword action={w.giveUp} isDangerous onProve={giveUp} onCancel={rest} />
      </>
    );
  return (
    <Flex vertical gap={12} align="flex-start">
      <Typography.Text>
        {isOn ? <CheckCircleFilled style={{ color: token.colorSuccess }} /> : null}{" "}
        {isOn ? w.factorOn : w.factorOff}
      </Typography.Text>
      {isOn ? (
        <Button danger onClick={() => setStep({ at: "giveUp" })}>
          {w.giveUp}
        </Button>
      ) : (
        <Button onClick={() => setStep({ at: "begin" })}>{w.setUp}</Button>
      )}
    </Flex>
  );
}
