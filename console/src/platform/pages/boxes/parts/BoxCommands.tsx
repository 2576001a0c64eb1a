/** What was asked of one box. */
import { Flex } from "antd";
import { useAddress } from "@/shared/address";
import { CommandTable } from "../../commands/parts/CommandTable";
import { StateFilter } from "../../commands/parts/StateFilter";

export function BoxCommands({ devSno }: { devSno: string }) {
  const [asked, change] = useAddress();
  return (
    <>
      <Flex className="filters">
        <StateFilter value={asked.state} onChange={(state) => change({ state })} />
      </Flex>
      <CommandTable filter={{ dev_sno: devSno, state: asked.state || undefined }} hideBox />
    </>
  );
}
