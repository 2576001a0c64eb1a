/** What is looked at stands in the address, so that it can be linked to: reading it, and changing part of it. */
import { useNavigate, useSearch } from "@tanstack/react-router";

export type Address = Record<string, string | number | boolean | undefined>;

/** What stands behind the question mark, as texts, and a function that changes some of it. */
export function useAddress(): [Record<string, string | undefined>, (change: Address) => void] {
  const told = useSearch({ strict: false }) as Address;
  const navigate = useNavigate();
  const texts = Object.fromEntries(
    Object.entries(told).map(([key, value]) => [key, value === undefined ? undefined : String(value)]),
  );
  const change = (some: Address) => {
    const kept = Object.entries({ ...told, ...some }).filter(
      ([, value]) => value !== undefined && value !== "",
    );
    void navigate({ to: ".", search: Object.fromEntries(kept), replace: true });
  };
  return [texts, change];
}
