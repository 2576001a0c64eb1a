/** Adds a webhook or changes one; the secret of a new one is shown once, with how to verify signatures by it. */
import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal, Radio, Select } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { personTypes } from "@/shared/domain";
import { FormDialog } from "@/shared/FormDialog";
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
  const queries = useQueryClient();
  const [secret, setSecret] = useState<string | null>(null);
  const save = async ({ secret, url, ...fields }: Fields) => {
    const own = secret?.trim() || undefined;
    const description = fields.description ?? "";
    if (hook) {
      // What stands for a hidden password must not be taken for one.
      const changed = url === hook.url ? undefined : url;
      const params = { path: { id: hook.id } };
      const body = { ...fields, description, url: changed, secret: own };
      await api.PATCH("/api/v1/webhooks/{id}", { params, body });
      onClose();
    } else {
      const body = { ...fields, description, url, secret: own };
      setSecret((await must(api.POST("/api/v1/webhooks", { body }))).secret);
    }
    void queries.invalidateQueries({ queryKey: ["webhooks"] });
  };
  if (secret) {
    const noted = (
      <Button type="primary" onClick={onClose}>
        {w.noted}
      </Button>
    );
    return (
      <Modal
        open={open}
        title={w.addTitle}
        width={640}
        onCancel={onClose}
        afterClose={() => setSecret(null)}
        footer={noted}
      >
        <SecretShown secret={secret} />
      </Modal>
    );
  }
  return (
    <FormDialog<Fields>
      open={open}
      title={hook ? w.editTitle : w.addTitle}
      width={640}
      action={hook ? w.save : w.add}
      initial={
        hook
          ? { url: hook.url, description: hook.description, pictures: hook.pictures, filter: hook.filter }
          : { pictures: "none", filter: { kinds: ["event"] } }
      }
      send={save}
      onClose={onClose}
    >
      <Fields hook={hook} />
    </FormDialog>
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
