/**
 * A chart of values over time that everybody can read: drawn for eyes, told in a sentence, and as a table on demand.
 *
 * The drawing library loads when the first chart is shown that is no sketch.
 */
import "./chart.css";
import { Skeleton, Typography } from "antd";
import { lazy, Suspense, useState } from "react";
import { ChartTable } from "./ChartTable";
import { Sketch } from "./Sketch";
import type { Series } from "./series";

const Drawing = lazy(() => import("./Drawing"));

export type ChartProps = {
  /** What is shown; a heading above the chart. */
  title: string;
  /** What the chart tells, in a sentence: its text alternative. */
  summary: string;
  series: Series[];
  /** Behind values: "%", "GB". */
  unit?: string;
  /** Ends of the scale of values; found from the values unless given. */
  min?: number;
  max?: number;
  /** Ends of the time shown, in milliseconds since 1970; found from the values unless given. */
  from?: number;
  until?: number;
  height?: number;
  /** Draws it as a {@link Sketch}, for which nothing has to be loaded; lines since a time of today only. */
  isSketch?: boolean;
};

export function Chart(props: ChartProps) {
  const [tableOpen, setTableOpen] = useState(false);
  const height = props.height ?? 220;
  return (
    <figure className="chart">
      <figcaption>
        <Typography.Text strong>{props.title}</Typography.Text>
        <div>
          <Typography.Text type="secondary">{props.summary}</Typography.Text>
        </div>
      </figcaption>
      <div
        role="img"
        aria-label={`${props.title}: ${props.summary}`}
        style={props.isSketch ? { minHeight: height } : { height }}
      >
        {props.isSketch ? (
          <Sketch {...props} />
        ) : (
          <Suspense fallback={<Skeleton.Node active style={{ width: "100%", height }} />}>
            <Drawing {...props} />
          </Suspense>
        )}
      </div>
      <ChartTable {...props} open={tableOpen} onOpen={setTableOpen} />
    </figure>
  );
}
