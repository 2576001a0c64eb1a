/** The certificate of these pages, to be compared with what a browser shows. */
import { useQuery } from "@tanstack/react-query";
import { Alert, Card, Descriptions, Skeleton, Typography } from "antd";
import { Failure } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { systemQuery } from "../../api";
import { says } from "./words";

export function CertificateCard() {
  const w = useWords(says);
  const system = useQuery(systemQuery);
  if (system.error) return <Failure error={system.error} retry={() => system.refetch()} />;
  if (!system.data) return <Skeleton active />;
  const { certificate } = system.data;
  if (!certificate) return <Alert type="warning" showIcon title={w.noCert} />;
  return (
    <Card size="small" className="narrow">
      <Typography.Paragraph type="secondary">{w.certHint}</Typography.Paragraph>
      <Descriptions
        size="small"
        column={1}
        layout="vertical"
        items={[
          {
            key: "fingerprint",
            label: w.fingerprint,
            children: (
              <Typography.Text copyable className="mono breakable">
                {certificate.fingerprint}
              </Typography.Text>
            ),
          },
          ...(certificate.valid
            ? [{ key: "valid", label: w.valid, children: certificate.valid.join(" – ") }]
            : []),
          {
            key: "file",
            label: w.file,
            children: <span className="mono breakable">{certificate.file}</span>,
          },
        ]}
      />
      <Alert type="info" style={{ marginTop: 12 }} title={certificate.own ? w.certOwn : w.certGiven} />
    </Card>
  );
}
