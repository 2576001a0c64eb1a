/** A chart in the words of the drawing library. */
import type { GlobalToken } from "antd";
import type { EChartsCoreOption } from "echarts/core";
import type { Language } from "../words";
import type { ChartProps } from "./Chart";
import { coloursOf } from "./colours";
import { type Series, written } from "./series";

const DAY = 86_400_000;

export function optionsOf(
  { series, unit, min, max, from, until }: ChartProps,
  token: GlobalToken,
  language: Language,
  isDark: boolean,
): EChartsCoreOption {
  const text = { color: token.colorTextSecondary, fontFamily: token.fontFamily, fontSize: 12 };
  const rule = { lineStyle: { color: token.colorSplit } };
  const times = series.flatMap(({ points }) => points.map(([at]) => at));
  const span = (until ?? Math.max(...times)) - (from ?? Math.min(...times));
  const short = new Intl.DateTimeFormat(
    language,
    span > 2 * DAY ? { month: "short", day: "numeric" } : { hour: "2-digit", minute: "2-digit" },
  );
  return {
    animation: false,
    color: coloursOf(isDark),
    textStyle: text,
    grid: { left: 8, right: 16, top: series.length > 1 ? 32 : 12, bottom: 4, containLabel: true },
    legend: {
      show: series.length > 1,
      left: 0,
      top: 0,
      icon: "roundRect",
      itemWidth: 14,
      itemHeight: 6,
      textStyle: text,
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: token.colorBgElevated,
      borderColor: token.colorBorderSecondary,
      textStyle: { ...text, color: token.colorText },
      axisPointer: { label: { show: false } },
      valueFormatter: (value: unknown) => written(typeof value === "number" ? value : null, unit, language),
    },
    xAxis: {
      type: "time",
      min: from,
      max: until,
      axisLine: rule,
      axisTick: rule,
      axisLabel: { ...text, hideOverlap: true, formatter: (at: number) => short.format(at) },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min,
      max,
      minInterval: isCount(series) ? 1 : undefined,
      axisLabel: { ...text, formatter: (value: number) => written(value, unit, language) },
      splitLine: rule,
      splitNumber: 4,
      interval: max === 100 ? 25 : undefined,
    },
    series: series.map(drawn),
  };
}

/** Whether only whole numbers are shown. */
function isCount(series: Series[]): boolean {
  return series.every(({ points }) => points.every(([, value]) => value === null || Number.isInteger(value)));
}

function drawn({ name, points, kind = "line", stack, colour }: Series) {
  const own = colour ? { itemStyle: { color: colour }, lineStyle: { color: colour } } : {};
  if (kind === "bar") return { ...own, type: "bar", name, data: points, stack, barMaxWidth: 18 };
  return {
    ...own,
    type: "line",
    name,
    data: points,
    stack,
    // A value between two breaks would be no line at all: it is shown as a dot.
    showSymbol: points.length < 3,
    symbolSize: 5,
    connectNulls: false,
    lineStyle: { width: 2, ...(colour ? { color: colour } : {}) },
    areaStyle: kind === "area" ? { opacity: 0.15 } : undefined,
  };
}
