/** Changes the rules, after looking at what would go by them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Flex, Form, InputNumber, Modal, Typography } from "antd";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { retentionWords } from "../words";
import { changeOf, type RuleFields } from "./change";
import { Due } from "./Due";

type Rule = Schema<"RuleView">;

const LONGEST = 36_500;

export function Rules({ rules, open, onClose }: { rules: Rule[]; open: boolean; onClose: () => void }) {
  const w = useWords(retentionWords);
  return (
    <Modal open={open} title={w.editTitle} onCancel={onClose} footer={null} width={720} destroyOnHidden>
      <Edit rules={rules} onClose={onClose} />
    </Modal>
  );
}

function Edit({ rules, onClose }: { rules: Rule[]; onClose: () => void }) {
  const w = useWords(retentionWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<RuleFields>();
  const preview = useMutation({
    mutationFn: (body: Schema<"RetentionChange">) => must(api.POST("/api/v1/retention/preview", { body })),
  });
  const save = useMutation({
    mutationFn: (body: Schema<"RetentionChange">) => must(api.PUT("/api/v1/retention", { body })),
    onSuccess: () => {
      message.success(w.saved);
      void queries.invalidateQueries({ queryKey: ["retention"] });
      onClose();
    },
  });
  const error = preview.error ?? save.error;
  return (
    <Form<RuleFields>
      form={form}
      layout="vertical"
      initialValues={Object.fromEntries(
        rules.map(({ class: name, event_days, photo_days }) => [name, { event_days, photo_days }]),
      )}
      // What was looked at is not what stands there now: look again before saving.
      onValuesChange={preview.reset}
      onFinish={(fields) => preview.mutate(changeOf(rules, fields))}
    >
      {rules.map((rule) => (
        <fieldset key={rule.class} className="rule">
          <legend>{w.classes[rule.class] ?? rule.class}</legend>
          <Flex gap={16} wrap align="center">
            <Form.Item
              name={[rule.class, "event_days"]}
              label={w.eventDays}
              extra={w.zero}
              rules={[{ required: true }]}
            >
              <InputNumber min={0} max={LONGEST} precision={0} style={{ width: 130 }} />
            </Form.Item>
            <Form.Item
              name={[rule.class, "photo_days"]}
              label={w.photoDays}
              extra={w.zeroPhotos}
              rules={[{ required: true }]}
            >
              <InputNumber min={0} max={LONGEST} precision={0} style={{ width: 130 }} />
            </Form.Item>
            <Button
              onClick={() => {
                form.setFieldValue(rule.class, rule.configured);
                preview.reset();
              }}
              aria-label={`${w.back}: ${w.classes[rule.class] ?? rule.class}`}
            >
              {w.back} ({rule.configured.event_days} / {rule.configured.photo_days})
            </Button>
          </Flex>
        </fieldset>
      ))}
      <Flex vertical gap={12}>
        {preview.data ? <Due items={preview.data.items} /> : null}
        {error ? <Alert type="error" showIcon role="alert" title={text(error)} /> : null}
        <Typography.Text type="secondary">{preview.data ? w.saveHelp : w.previewHelp}</Typography.Text>
        <Flex gap={8} wrap>
          <Button htmlType="submit" loading={preview.isPending}>
            {w.preview}
          </Button>
          <Button
            type="primary"
            danger={preview.data?.items.some(({ events }) => events > 0) ?? false}
            disabled={!preview.data}
            loading={save.isPending}
            onClick={() => save.mutate(changeOf(rules, form.getFieldsValue()))}
          >
            {w.save}
          </Button>
          <Button onClick={onClose}>{w.cancel}</Button>
        </Flex>
      </Flex>
    </Form>
  );
}
