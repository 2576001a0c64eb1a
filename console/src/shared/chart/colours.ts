/** Colours that can be told apart by people who see few of them, on light and on dark ground. */
const LIGHT = ["#1d4ed8", "#c2410c", "#0f766e", "#7e22ce", "#a16207"];
const DARK = ["#7aa5ff", "#fb923c", "#2dd4bf", "#d8b4fe", "#facc15"];

export function coloursOf(isDark: boolean): string[] {
  return isDark ? DARK : LIGHT;
}
