/** Choosing among the states of commands. */
import { Select } from "antd";
import { commandStates } from "@/shared/domain";
import { useWords } from "@/shared/words";
import { commandWords } from "./words";

export function StateFilter({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (state: string) => void;
}) {
  const w = useWords(commandWords);
  const states = useWords(commandStates);
  return (
    <Select
      aria-label={w.state}
      value={value ?? ""}
      onChange={onChange}
      style={{ minWidth: 180 }}
      options={[
        { value: "", label: w.any },
        ...Object.entries(states).map(([state, label]) => ({ value: state, label })),
      ]}
    />
  );
}
