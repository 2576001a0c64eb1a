/** Headers that go with the call of a door, such as a key; the value of one that is set is not shown and stays unless another is typed. */
import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Flex, Form, Input } from "antd";
import { useWords } from "@/shared/words";
import type { Header } from "./settings";
import { fieldWords, says } from "./words";

export function Headers() {
  const w = useWords(says);
  const f = useWords(fieldWords);
  // What a field does not hold, such as whether a value is set, is seen by asking alone.
  const form = Form.useFormInstance();
  const header = (at: number): Header | undefined => form.getFieldValue(["door", "headers", at]);
  return (
    <Form.Item label={f.headers} extra={f.headersHelp}>
      <Form.List name={["door", "headers"]}>
        {(rows, { add, remove }) => (
          <Flex vertical gap={8} align="start">
            {rows.map(({ key, name: at }) => {
              const isSet = header(at)?.isSet === true;
              const rule = (what: string) => [{ required: true, whitespace: true, message: w.need(what) }];
              return (
                <Flex key={key} gap={8} align="start" className="header-row">
                  <Form.Item name={[at, "name"]} rules={rule(f.headerName)}>
                    <Input
                      aria-label={f.headerName}
                      placeholder={f.headerName}
                      className="mono"
                      readOnly={isSet}
                      maxLength={100}
                    />
                  </Form.Item>
                  <Form.Item name={[at, "value"]} rules={isSet ? [] : rule(f.headerValue)}>
                    <Input.Password
                      aria-label={f.headerValue}
                      placeholder={isSet ? f.headerKept : f.headerValue}
                      autoComplete="new-password"
                    />
                  </Form.Item>
                  <Button
                    icon={<CloseOutlined />}
                    aria-label={f.headerRemove(header(at)?.name ?? "")}
                    onClick={() => remove(at)}
                  />
                </Flex>
              );
            })}
            <Button
              type="dashed"
              icon={<PlusOutlined />}
              disabled={rows.length >= MOST}
              onClick={() => add({ name: "", value: "" } satisfies Header)}
            >
              {f.headerAdd}
            </Button>
          </Flex>
        )}
      </Form.List>
    </Form.Item>
  );
}

/** As many as a box takes. */
const MOST = 16;
