/** The two ways to pair: a link that a box of ours uses, and a key and an address that are typed into any other. */
import { Alert, Button, Flex, QRCode, Typography } from "antd";
import "../boxes.css";
import { Copyable } from "@/shared/Copyable";
import { lasting, useNow } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { pairingWords } from "./pairingWords";

type Link = Schema<"PairingLink">;

export function OurBox({
  link,
  pairing,
  renew,
}: {
  link: Link;
  pairing: Schema<"PairingView"> | undefined;
  renew: () => void;
}) {
  const w = useWords(pairingWords);
  const language = useLanguage();
  const now = useNow();
  const left = link.expires_at - now;
  const isOpen = left > 0 && (pairing === undefined || pairing.state === "open");
  if (!isOpen) {
    return (
      <Alert
        type={pairing?.state === "used" ? "info" : "warning"}
        showIcon
        title={pairing?.state === "used" ? w.used : w.over}
        action={
          <Button size="small" onClick={renew}>
            {w.renew}
          </Button>
        }
      />
    );
  }
  return (
    <Flex vertical gap={12}>
      <Loopback url={link.url} />
      <Copyable label={w.run} value={`menshen edge pair ${link.url}`} hint={w.runHelp} />
      <Flex gap={16} wrap>
        {/* The same link stands beside it as a text. */}
        <figure className="pairing-code" aria-hidden>
          <QRCode value={link.url} size={148} type="svg" color="#000000" bgColor="#ffffff" />
        </figure>
        <Flex vertical gap={12} flex="1 1 260px" style={{ minWidth: 0 }}>
          <Typography.Text type="secondary">{w.scan}</Typography.Text>
          <Copyable label={w.link} value={link.url} />
          <Copyable label={w.code} value={link.code} hint={w.codeHelp} />
        </Flex>
      </Flex>
      <Typography.Text role="timer">{w.good(lasting(left, language))}</Typography.Text>
    </Flex>
  );
}

export function OtherMake({ link }: { link: Link }) {
  const w = useWords(pairingWords);
  return (
    <Flex vertical gap={12}>
      <Loopback url={link.login_url} />
      <Typography.Text>{w.typeThese}</Typography.Text>
      <Copyable label={w.key} value={link.dev_sno} />
      <Copyable label={w.login} value={link.login_url} />
      <Typography.Text type="secondary">{w.typeHelp}</Typography.Text>
    </Flex>
  );
}

/** Says so when a link leads to the computer of whoever uses it. */
function Loopback({ url }: { url: string }) {
  const w = useWords(pairingWords);
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  const isOwn = host === "localhost" || host === "[::1]" || host.startsWith("127.");
  return isOwn ? <Alert type="warning" showIcon title={w.loopback} /> : null;
}
