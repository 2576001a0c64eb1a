/** One box: what it is, whom it holds, its cameras, its load, its commands, and what can be set. */
import "./boxes.css";
import { useParams } from "@tanstack/react-router";
import { Button, Flex, Skeleton, Tabs } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { useMay } from "../../api";
import { BoxCommands } from "./parts/BoxCommands";
import { boxPageWords } from "./parts/boxPageWords";
import { Cameras } from "./parts/Cameras";
import { Charts } from "./parts/Charts";
import { Drift } from "./parts/Drift";
import { PairingDialog } from "./parts/PairingDialog";
import { Settings } from "./parts/Settings";
import { BoxState } from "./parts/State";
import { Summary } from "./parts/Summary";
import { useBox } from "./parts/useBox";

export function BoxPage() {
  const { devSno } = useParams({ from: "/inside/boxes/$devSno" });
  const w = useWords(boxPageWords);
  const mayChange = useMay("operator");
  const [asked, change] = useAddress();
  const [isPairing, setPairing] = useState(false);
  const { data: box, error, refetch } = useBox(devSno);
  if (!box) {
    return (
      <Page title={devSno}>
        {error ? <Failure error={error} retry={() => refetch()} /> : <Skeleton active />}
      </Page>
    );
  }
  const tabs = [
    { key: "summary", children: <Summary box={box} /> },
    { key: "people", children: <Drift box={box} /> },
    { key: "cameras", children: <Cameras devSno={devSno} /> },
    { key: "load", children: <Charts devSno={devSno} /> },
    { key: "commands", children: <BoxCommands devSno={devSno} /> },
    { key: "settings", children: <Settings key={devSno} box={box} /> },
  ] as const;
  return (
    <Page
      title={box.name}
      hint={
        <Flex gap={16} wrap align="center">
          <BoxState box={box} />
          {box.site ? <span>{box.site}</span> : null}
        </Flex>
      }
      actions={mayChange ? <Button onClick={() => setPairing(true)}>{w.pair}</Button> : null}
    >
      {error ? <Failure error={error} retry={() => refetch()} /> : null}
      <Tabs
        activeKey={asked.tab ?? "summary"}
        // What one tab filters by is nothing to another.
        onChange={(tab) =>
          change({ tab, held: undefined, search: undefined, state: undefined, command: undefined })
        }
        destroyOnHidden
        items={tabs.map(({ key, children }) => ({ key, label: w.tabs[key], children }))}
      />
      <PairingDialog box={isPairing ? box : null} onClose={() => setPairing(false)} />
    </Page>
  );
}
