/** Lists to choose from that may hold more than is offered at once. */
import { Typography } from "antd";
import type { ReactElement } from "react";
import { useWords, words } from "@/shared/words";

const says = words({
  en: { cut: (shown: number) => `The first ${shown}. Type a part of the name to find others.` },
  zh: { cut: (shown: number) => `仅列出前 ${shown} 项，输入名称的一部分可查找其他项。` },
});

export type Option = { value: string; label: string };

/** The choices, with those that are chosen even when they are not among them. */
export function withChosen(found: Option[], chosen: string[], called: (id: string) => string): Option[] {
  const missing = chosen.filter((id) => !found.some(({ value }) => value === id));
  return [...missing.map((id) => ({ value: id, label: called(id) })), ...found];
}

/** Says below a list of choices that it is cut off; `shown`: how many it shows, 0 when it is whole. */
export function useCutNote(shown: number): (menu: ReactElement) => ReactElement {
  const w = useWords(says);
  return (menu) =>
    shown === 0 ? (
      menu
    ) : (
      <>
        {menu}
        <Typography.Text type="secondary" className="cut-note" role="status">
          {w.cut(shown)}
        </Typography.Text>
      </>
    );
}
