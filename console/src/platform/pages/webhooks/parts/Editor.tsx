/** Adds a webhook or changes one; the secret of a new one is shown once, with how to verify signatures by it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Modal, Radio, Select } from "antd";
import { must } from "@/shared/api";
import { personTypes } from "@/shared/domain";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { BoxesPicker } from "../../../parts/boxes";
import { GroupsField } from "../../../parts/groups";
import { SitesField } from "../../../parts/sites";
import { editorWords } from "./editorWords";
import { SecretShown } from "./SecretShown";
import { webhookWords } from "./words";

type Webhook = Schema<"WebhookView">;
type Fields = {
  url: string;
  description?: string;
  secret?: string;
  pictures: Schema<"Pictures">;
  filter: Schema<"Filter">;
};

const KINDS = ["event", "box", "webhook"];

export function Editor({
  open,
  hook,
  onClose,
}: {
  open: boolean;
  /** What is changed; a new one is added without. */
  hook?: Webhook;
  onClose: () => void;
}) {
  const w = useWords(editorWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const save = useMutation({
    mutationFn: async ({ secret, url, ...fields }: Fields): Promise<string | null> => {
      const own = secret?.trim() || undefined;
      const description = fields.description ?? "";
      if (!hook) {
        const made = await must(
          api.POST("/api/v1/webhooks", { body: { ...fields, description, url, secret: own } }),
        );
        return made.secret;
      }
      // What stands for a hidden password must not be taken for one.
      const changed = url === hook.url ? undefined : url;
      const params = { path: { id: hook.id } };
      await api.PATCH("/api/v1/webhooks/{id}", {
        params,
        body: { ...fields, description, url: changed, secret: own },
      });
      return null;
    },
    onSuccess: (secret) => {
      void queries.invalidateQueries({ queryKey: ["webhooks"] });
      if (secret === null) onClose();
    },
  });
  const secret = save.data;
  return (
    <Modal
      open={open}
      title={hook ? w.editTitle : w.addTitle}
      width={640}
      okText={hook ? w.save : w.add}
      cancelText={w.cancel}
      okButtonProps={{ loading: save.isPending }}
      onOk={form.submit}
      onCancel={onClose}
      afterClose={save.reset}
      footer={
        secret ? (
          <Button type="primary" onClick={onClose}>
            {w.noted}
          </Button>
        ) : undefined
      }
      destroyOnHidden
    >
      {secret ? (
        <SecretShown secret={secret} />
      ) : (
        <Form<Fields>
          form={form}
          layout="vertical"
          initialValues={
            hook
              ? { url: hook.url, description: hook.description, pictures: hook.pictures, filter: hook.filter }
              : { pictures: "none", filter: { kinds: ["event"] } }
          }
          onFinish={save.mutate}
          preserve={false}
        >
          <Fields hook={hook} />
          {save.error ? <Alert type="error" showIcon role="alert" title={text(save.error)} /> : null}
        </Form>
      )}
    </Modal>
  );
}

function Fields({ hook }: { hook: Webhook | undefined }) {
  const w = useWords(editorWords);
  const said = useWords(webhookWords);
  const types = useWords(personTypes);
  const isHttp = (_: unknown, value: string) =>
    /^https?:\/\/[^/\s]+/.test(value ?? "") ? Promise.resolve() : Promise.reject(new Error(w.urlWrong));
  return (
    <>
      <Form.Item
        name="url"
        label={w.url}
        extra={hook?.url.includes("***") ? w.urlHidden : w.urlHelp}
        rules={[{ validator: isHttp }]}
        required
      >
        <Input placeholder="https://example.org/menshen" autoComplete="off" />
      </Form.Item>
      <Form.Item name="description" label={w.description} extra={w.descriptionHelp}>
        <Input maxLength={256} autoComplete="off" />
      </Form.Item>
      <Form.Item
        name={["filter", "kinds"]}
        label={w.kinds}
        rules={[{ required: true, type: "array", message: w.kindsNone }]}
      >
        <Select
          mode="multiple"
          options={KINDS.map((value) => ({ value, label: said.kinds[value] ?? value }))}
        />
      </Form.Item>
      <Form.Item name={["filter", "person_types"]} label={w.types} extra={w.allUnless}>
        <Select
          mode="multiple"
          options={Object.entries(types).map(([value, label]) => ({ value: Number(value), label }))}
        />
      </Form.Item>
      <Form.Item name={["filter", "sites"]} label={w.sites} extra={w.allUnless}>
        <SitesField />
      </Form.Item>
      <Form.Item name={["filter", "boxes"]} label={w.boxes} extra={w.allUnless}>
        <BoxesPicker />
      </Form.Item>
      <Form.Item name={["filter", "groups"]} label={w.groups} extra={w.allUnless}>
        <GroupsField />
      </Form.Item>
      <Form.Item name="pictures" label={w.pictures} extra={w.picturesHelp}>
        <Radio.Group
          options={(["none", "link", "inline"] as const).map((value) => ({
            value,
            label: said.pictures[value],
          }))}
        />
      </Form.Item>
      <Form.Item
        name="secret"
        label={hook ? w.newSecret : w.ownSecret}
        extra={hook ? w.newSecretHelp : w.ownSecretHelp}
        rules={[{ pattern: /^[\x21-\x7e]{16,128}$/, message: w.secretWrong }]}
      >
        <Input.Password autoComplete="new-password" className="mono" />
      </Form.Item>
    </>
  );
}
