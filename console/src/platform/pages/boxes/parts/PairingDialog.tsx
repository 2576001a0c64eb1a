/** Brings a box and the platform together, and notices by itself when they have met. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Alert, Button, Flex, Modal, Result, Skeleton, Steps, Tabs, Typography } from "antd";
import { Failure } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { OtherMake, OurBox } from "./PairingWays";
import { pairingWords } from "./pairingWords";
import { usePairing } from "./usePairing";

type Named = { dev_sno: string; name: string };

export function PairingDialog({ box, onClose }: { box: Named | null; onClose: () => void }) {
  const w = useWords(pairingWords);
  const queries = useQueryClient();
  const close = () => {
    void queries.invalidateQueries({ queryKey: ["boxes"] });
    onClose();
  };
  return (
    <Modal
      open={box !== null}
      title={box ? w.title(box.name) : null}
      onCancel={close}
      footer={null}
      width={640}
      destroyOnHidden
    >
      {box ? <Pairing key={box.dev_sno} box={box} onClose={close} /> : null}
    </Modal>
  );
}

function Pairing({ box, onClose }: { box: Named; onClose: () => void }) {
  const w = useWords(pairingWords);
  const navigate = useNavigate();
  const { link, issue, error, pairing, mac, seen } = usePairing(box.dev_sno);
  if (error && !link) return <Failure error={error} retry={issue} />;
  if (!link) return <Skeleton active />;
  if (seen.login && seen.beat) {
    const open = () => navigate({ to: "/boxes/$devSno", params: { devSno: box.dev_sno } });
    return (
      <Result
        status="success"
        title={w.done}
        subTitle={w.doneHelp}
        extra={
          <>
            <Button type="primary" onClick={open}>
              {w.open}
            </Button>
            <Button onClick={onClose}>{w.later}</Button>
          </>
        }
      />
    );
  }
  return (
    <Flex vertical gap={16}>
      {mac && !seen.login ? <Alert type="warning" showIcon title={w.occupied(mac)} /> : null}
      <Tabs
        items={[
          { key: "ours", label: w.ours, children: <OurBox link={link} pairing={pairing} renew={issue} /> },
          { key: "other", label: w.other, children: <OtherMake link={link} /> },
        ]}
      />
      <Progress seen={seen} />
      <Typography.Text type="secondary">{w.laterHelp}</Typography.Text>
    </Flex>
  );
}

function Progress({ seen }: { seen: ReturnType<typeof usePairing>["seen"] }) {
  const w = useWords(pairingWords);
  const fact = (at: number | null, from: string | null) =>
    at ? (
      <>
        <Age of={at} /> {from ? w.from(from) : null}
      </>
    ) : (
      w.waiting
    );
  // A box whose key was typed logs in without a link.
  const linkSkipped = seen.login && !seen.used;
  const facts = [seen.used ?? (linkSkipped ? 1 : null), seen.login, seen.beat];
  const current = facts.indexOf(null);
  return (
    <section aria-live="polite" aria-label={w.progress}>
      <Typography.Paragraph strong>{w.progress}</Typography.Paragraph>
      <Steps
        size="small"
        current={current < 0 ? facts.length : current}
        items={[
          { title: w.steps.link, content: linkSkipped ? w.skipped : fact(seen.used, seen.usedFrom) },
          { title: w.steps.login, content: fact(seen.login, seen.loginFrom) },
          { title: w.steps.beat, content: fact(seen.beat, null) },
        ]}
      />
    </section>
  );
}
