/** What eyes see of a chart, in the colours of the theme. Loaded with the drawing library, by {@link Chart} only. */
import { theme } from "antd";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useSettings } from "../settings";
import type { ChartProps } from "./Chart";
import { optionsOf } from "./options";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

export default function Drawing(props: ChartProps) {
  const { language, isDark } = useSettings();
  const { token } = theme.useToken();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  useEffect(() => {
    if (!place.current) return;
    const drawn = init(place.current, null, { renderer: "svg" });
    chart.current = drawn;
    const watcher = new ResizeObserver(() => drawn.resize());
    watcher.observe(place.current);
    return () => {
      watcher.disconnect();
      drawn.dispose();
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(optionsOf(props, token, language, isDark), { notMerge: true });
  }, [props, token, language, isDark]);
  return <div ref={place} aria-hidden style={{ width: "100%", height: "100%" }} />;
}
