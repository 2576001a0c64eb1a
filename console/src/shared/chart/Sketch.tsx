/** Lines since a time of today, drawn without the drawing library: for the page that everybody sees first. */
import { theme } from "antd";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useSettings } from "../settings";
import type { ChartProps } from "./Chart";
import { coloursOf } from "./colours";
import { hoursOf, marksOf, pathOf } from "./scale";
import { written } from "./series";

const ABOVE = 8;
const BELOW = 22;
const LABELS = 48;
/** Room for the time of a mark, and half of what it fills: the last one stays within the picture. */
const MARK = 76;
const HALF = 30;

export function Sketch({ series, unit, from = 0, until = from, height = 220 }: ChartProps) {
  const { language, isDark } = useSettings();
  const { token } = theme.useToken();
  const [width, place] = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const colours = coloursOf(isDark);
  const highest = Math.max(0, ...series.flatMap(({ points }) => points.map(([, value]) => value ?? 0)));
  const marks = marksOf(highest || 1);
  const [left, right, bottom] = [LABELS, width - 12, height - BELOW];
  const scale = {
    x: (time: number) => left + ((time - from) / Math.max(1, until - from)) * (right - left),
    y: (value: number) => bottom - (value / (marks.at(-1) || 1)) * (bottom - ABOVE),
  };
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
  const times = series[0]?.points.map(([point]) => point) ?? [];
  const nearest =
    at === null ? undefined : [...times].sort((one, other) => Math.abs(one - at) - Math.abs(other - at))[0];
  const valueAt = (points: ChartProps["series"][number]["points"]) =>
    points.find(([point]) => point === nearest)?.[1];
  const look = ({ clientX, currentTarget }: PointerEvent<SVGSVGElement>) => {
    const x = clientX - currentTarget.getBoundingClientRect().left;
    setAt(from + ((x - left) / Math.max(1, right - left)) * (until - from));
  };
  return (
    <div ref={place} aria-hidden className="sketch">
      <div className="sketch-legend" style={{ color: token.colorTextSecondary }}>
        {series.map(({ name, points }, index) => (
          <span key={name}>
            <i style={{ background: colours[index] }} /> {name}
            {nearest === undefined ? "" : ` ${written(valueAt(points), unit, language)}`}
          </span>
        ))}
        {nearest === undefined ? null : <span>{time.format(nearest)}</span>}
      </div>
      <svg width={width} height={height} onPointerMove={look} onPointerLeave={() => setAt(null)} role="none">
        {marks.map((mark) => (
          <g key={mark}>
            <line x1={left} x2={right} y1={scale.y(mark)} y2={scale.y(mark)} stroke={token.colorSplit} />
            <text x={left - 8} y={scale.y(mark) + 4} textAnchor="end" fill={token.colorTextSecondary}>
              {written(mark, undefined, language)}
            </text>
          </g>
        ))}
        {hoursOf(from, until, (right - left) / MARK).map((hour) => (
          <text
            key={hour}
            x={Math.min(scale.x(hour), width - HALF)}
            y={height - 6}
            textAnchor="middle"
            fill={token.colorTextSecondary}
          >
            {time.format(hour)}
          </text>
        ))}
        {series.map(({ name, points, kind }, index) => {
          const path = pathOf(points, scale);
          const [first, last] = [points[0]?.[0] ?? from, points.at(-1)?.[0] ?? until];
          return (
            <g key={name}>
              {kind === "area" && path ? (
                <path
                  d={`${path}L${scale.x(last)} ${bottom}L${scale.x(first)} ${bottom}Z`}
                  fill={colours[index]}
                  opacity={0.15}
                />
              ) : null}
              <path d={path} fill="none" stroke={colours[index]} strokeWidth={2} strokeLinejoin="round" />
            </g>
          );
        })}
        {nearest === undefined ? null : (
          <line
            x1={scale.x(nearest)}
            x2={scale.x(nearest)}
            y1={ABOVE}
            y2={bottom}
            stroke={token.colorTextQuaternary}
          />
        )}
      </svg>
    </div>
  );
}

/** The width there is, told again when it changes. */
function useWidth() {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (!place.current) return;
    const watcher = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
  return [width, place] as const;
}
