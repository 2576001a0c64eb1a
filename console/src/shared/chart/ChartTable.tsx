/** The values of a chart as a table, for whoever does not see the drawing or wants the figures. */
import { exactly } from "../time";
import { useLanguage, useWords, words } from "../words";
import { rowsOf, type Series, written } from "./series";

const says = words({
  en: { table: "Figures as a table", time: "Time", none: "No figures for this time" },
  zh: { table: "以表格显示数据", time: "时间", none: "此时间段没有数据" },
});

type Props = {
  title: string;
  series: Series[];
  unit?: string;
  open: boolean;
  onOpen: (open: boolean) => void;
};

export function ChartTable({ title, series, unit, open, onOpen }: Props) {
  const w = useWords(says);
  return (
    <details className="chart-table" onToggle={(event) => onOpen(event.currentTarget.open)}>
      <summary>{w.table}</summary>
      {open ? <Figures title={title} series={series} unit={unit} /> : null}
    </details>
  );
}

function Figures({ title, series, unit }: { title: string; series: Series[]; unit: string | undefined }) {
  const w = useWords(says);
  const language = useLanguage();
  const rows = rowsOf(series).reverse();
  if (rows.length === 0) return <p>{w.none}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="chart-figures" aria-label={title} tabIndex={0}>
      <table>
        <caption className="unseen">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{w.time}</th>
            {series.map(({ name }) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ at, values }) => (
            <tr key={at}>
              <th scope="row">{exactly(at, language)}</th>
              {series.map(({ name }, column) => (
                <td key={name}>{written(values[column], unit, language)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
