/** The secret of a new webhook, this once, and how a receiver uses it. */
import { Alert, Flex, Typography } from "antd";
import { Copyable } from "@/shared/Copyable";
import { useWords } from "@/shared/words";
import { editorWords } from "./editorWords";

const EXAMPLE = `parts = dict(p.split("=", 1) for p in headers["Menshen-Signature"].split(","))
signed = parts["t"].encode() + b"." + body
expected = hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
genuine = hmac.compare_digest(expected, parts["v1"]) and abs(time.time() - int(parts["t"])) < 300`;

export function SecretShown({ secret }: { secret: string }) {
  const w = useWords(editorWords);
  return (
    <Flex vertical gap={16}>
      <Alert type="warning" showIcon title={w.once} />
      <Copyable label={w.secret} value={secret} />
      <div>
        <Typography.Text strong>{w.verify}</Typography.Text>
        <Typography.Paragraph>{w.verifyHelp}</Typography.Paragraph>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className="json" aria-label={w.example} tabIndex={0}>
        <pre>{EXAMPLE}</pre>
      </section>
      <Typography.Text>{w.next}</Typography.Text>
    </Flex>
  );
}
