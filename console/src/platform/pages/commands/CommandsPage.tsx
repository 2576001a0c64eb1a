/** Every command of every box, and a quality check of a picture. */
import { ExperimentOutlined } from "@ant-design/icons";
import { Button, Flex, Select } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { useMay } from "../../api";
import { BoxPicker } from "../../parts/boxes";
import { CommandTable } from "./parts/CommandTable";
import { QualityCheck } from "./parts/QualityCheck";
import { qualityWords } from "./parts/qualityWords";
import { StateFilter } from "./parts/StateFilter";
import { commandWords } from "./parts/words";

const METHODS = ["add_users_plus", "delete_users", "wipe_data", "fiqa"];

export function CommandsPage() {
  const w = useWords(commandWords);
  const q = useWords(qualityWords);
  const [asked, change] = useAddress();
  const [checking, setChecking] = useState(false);
  const mayChange = useMay("operator");
  const filter = {
    dev_sno: asked.box || undefined,
    state: asked.state || undefined,
    method: asked.method || undefined,
  };
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        mayChange ? (
          <Button icon={<ExperimentOutlined />} onClick={() => setChecking(true)}>
            {q.title}
          </Button>
        ) : null
      }
    >
      <Flex gap={8} wrap className="filters">
        <StateFilter value={asked.state} onChange={(state) => change({ state })} />
        <Select
          aria-label={w.method}
          value={asked.method ?? ""}
          onChange={(method) => change({ method })}
          style={{ minWidth: 220 }}
          options={[
            { value: "", label: w.anyMethod },
            ...METHODS.map((method) => ({ value: method, label: w.methods[method] ?? method })),
          ]}
        />
        <BoxPicker
          aria-label={w.box}
          placeholder={w.box}
          value={asked.box}
          onChange={(box) => change({ box })}
        />
      </Flex>
      <CommandTable filter={filter} />
      <QualityCheck open={checking} onClose={() => setChecking(false)} />
    </Page>
  );
}
