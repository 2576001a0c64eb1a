/** The settings; whatever is chosen shows what it would lead to before it is saved. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Card, Collapse, Flex, Form, InputNumber, Select, Tag } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Failure, useErrorText } from "@/shared/Failure";
import { useTold } from "@/shared/told/useTold";
import { levelNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { Outcome } from "./Outcome";
import { says } from "./words";

type View = Schema<"Recognition">;
type Settings = Schema<"RecognitionSettings">;
type Key = keyof Settings & string;

const RATES = [0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001, 0.00001];

export function SettingsForm({ view }: { view: View }) {
  const w = useWords(says);
  const levels = useWords(levelNames);
  const told = useTold();
  const text = useErrorText();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Settings>();
  const [changed, setChanged] = useState<Partial<Settings>>({});
  const [busy, setBusy] = useState(false);
  const hasChanged = Object.keys(changed).length > 0;
  const preview = useQuery({
    queryKey: ["recognition", "preview", changed],
    queryFn: () =>
      must(api.PUT("/api/v1/recognition", { params: { query: { preview: true } }, body: changed as never })),
    enabled: hasChanged,
    placeholderData: (before) => before,
    retry: false,
  });
  const send = async (body: object) => {
    setBusy(true);
    try {
      await api.PUT("/api/v1/recognition", { body: body as never });
      setChanged({});
      await queries.invalidateQueries({ queryKey: ["recognition"], exact: true });
      message.success(w.saved);
    } catch (error) {
      message.error(text(error));
    } finally {
      setBusy(false);
    }
  };
  const note = (_: unknown, all: Settings) => {
    const keys = (Object.keys(all) as Key[]).filter(
      (key) => (all[key] ?? null) !== (view.settings[key] ?? null),
    );
    setChanged(Object.fromEntries(keys.map((key) => [key, all[key] ?? null])) as Partial<Settings>);
  };
  const label = (key: Key, words: string) => (
    <Flex gap={8} wrap>
      {words}
      {view.set.includes(key) ? <Tag>{w.set}</Tag> : null}
    </Flex>
  );
  const rate = (key: Key, words: string) => (
    <Form.Item name={key} label={label(key, words)}>
      <Select
        options={rates(Number(view.settings[key])).map((value) => ({ value, label: oneIn(value, w) }))}
      />
    </Form.Item>
  );
  const shown = hasChanged && preview.data ? preview.data : view;
  return (
    <Flex vertical gap={16}>
      <Card size="small" title={w.settings}>
        <Form<Settings>
          form={form}
          layout="vertical"
          initialValues={view.settings}
          onValuesChange={note}
          onFinish={() => send(changed)}
          disabled={busy}
        >
          {rate("door_rate", w.doorRate)}
          {rate("name_rate", w.nameRate)}
          <Form.Item name="quality" label={label("quality", w.quality)}>
            <Select
              options={["high", "middle", "low", "no"].map((value) => ({ value, label: levels[value] }))}
            />
          </Form.Item>
          <Form.Item name="duplicate_interval" label={label("duplicate_interval", w.interval)}>
            <InputNumber min={0} max={86_400} style={{ width: "100%" }} />
          </Form.Item>
          <Collapse
            ghost
            items={[
              {
                key: "more",
                label: w.more,
                forceRender: true,
                children: (
                  <>
                    {rate("possible_rate", w.possibleRate)}
                    <Form.Item name="threshold" label={label("threshold", w.fixed)} extra={w.fixedHelp}>
                      <InputNumber
                        min={0}
                        max={1}
                        step={0.01}
                        placeholder={w.none}
                        style={{ width: "100%" }}
                      />
                    </Form.Item>
                    <Form.Item name="margin" label={label("margin", w.margin)}>
                      <InputNumber
                        min={0}
                        max={1}
                        step={0.01}
                        placeholder={w.usual}
                        style={{ width: "100%" }}
                      />
                    </Form.Item>
                  </>
                ),
              },
            ]}
          />
          <Flex gap={8} wrap>
            <Button type="primary" htmlType="submit" loading={busy} disabled={!hasChanged}>
              {w.save}
            </Button>
            {view.set.length > 0 ? (
              <Button onClick={() => send(Object.fromEntries(view.set.map((key) => [key, null])))}>
                {w.again}
              </Button>
            ) : null}
          </Flex>
        </Form>
      </Card>
      {preview.error && hasChanged ? <Failure error={preview.error} /> : null}
      {shown.thresholds.warning ? (
        <Alert type="warning" showIcon title={told(shown.thresholds.warning)} />
      ) : null}
      <Outcome view={shown} before={hasChanged ? view : null} />
    </Flex>
  );
}

/** The usual rates, and the one in force among them. */
function rates(now: number): number[] {
  return RATES.includes(now) ? RATES : [...RATES, now].sort((a, b) => b - a);
}

function oneIn(rate: number, w: { oneIn: (count: string) => string }): string {
  return w.oneIn(new Intl.NumberFormat("en").format(Math.round(1 / rate)).replaceAll(",", " "));
}
