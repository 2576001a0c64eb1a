/** Looks through a network camera before it is added: shows its picture, or says what it answered. */
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Flex, type FormInstance } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { finds } from "./discoveryWords";
import { type Fields, newFields, toAdd } from "./settings";

export function TestPicture({ form }: { form: FormInstance<Fields> }) {
  const w = useWords(finds);
  const test = useMutation({
    mutationFn: () => {
      const fields: Fields = { ...newFields("rtsp"), ...form.getFieldsValue(true) };
      const body = toAdd({ ...fields, name: fields.name.trim() || "test" });
      return must(api.POST("/api/v1/discovery/test", { body }));
    },
  });
  const tried = test.isPending ? undefined : test.data;
  return (
    <Flex vertical gap={12} style={{ marginBottom: 16 }} role="status">
      <Button onClick={() => test.mutate()} loading={test.isPending} style={{ alignSelf: "start" }}>
        {test.isPending ? w.testing : w.test}
      </Button>
      {test.error ? <Failure error={test.error} /> : null}
      {tried?.ok ? (
        <Alert
          type="success"
          showIcon
          title={w.tested(tried.size?.join(" × ") ?? "", tried.ms)}
          description={tried.picture ? <img src={tried.picture} alt={w.picture} className="chosen" /> : null}
        />
      ) : null}
      {tried && !tried.ok ? (
        <Alert type="error" showIcon role="alert" title={w.failed} description={tried.error} />
      ) : null}
    </Flex>
  );
}
