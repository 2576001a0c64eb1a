// Drawings of a pad, as paths in a field of 24 by 24: one for each thing that is said, so that nobody has to read.

import { svg } from "../shared/dom.ts";

const PATHS: Record<string, string> = {
  check: "M4 12.5l5.2 5.2L20 6.8",
  cross: "M6 6l12 12M18 6L6 18",
  warn: "M12 3.5L22 20.5H2zM12 10v5M12 17.6v.4",
  face: "M12 3.5a7 8.5 0 100 17 7 8.5 0 000-17zM9.3 10v.6M14.7 10v.6M9.5 15c1.4 1.2 3.6 1.2 5 0",
  no_face: "M12 3.5a7 8.5 0 100 17 7 8.5 0 000-17zM9.3 10v.6M14.7 10v.6M9.5 15c1.4 1.2 3.6 1.2 5 0",
  several_faces:
    "M8 12a3 3 0 100-6 3 3 0 000 6zM2.5 19c.5-3.3 2.6-5 5.5-5s5 1.7 5.5 5M17 11a2.5 2.5 0 100-5M16 14c2.8 0 4.8 1.5 5.5 4.5",
  too_far:
    "M4 4l5.5 5.5M9.5 5v4.5H5M20 4l-5.5 5.5M14.5 5v4.5H19M4 20l5.5-5.5M9.5 19v-4.5H5M20 20l-5.5-5.5M14.5 19v-4.5H19",
  centre: "M2.5 12h6M6 8.5L9.5 12 6 15.5M21.5 12h-6M18 8.5L14.5 12l3.5 3.5M12 4v16",
  hold_still:
    "M8 12V5.5a1.5 1.5 0 013 0V11M11 10.5V4a1.5 1.5 0 013 0v7M14 11V5.5a1.5 1.5 0 013 0V14c0 4-2 6.5-5.5 6.5-3 0-4.2-1.2-5.5-3.7L4 13.5c-.8-1.6 1-2.6 2-1.3L8 14.5",
  look_straight:
    "M2 12c2.7-4.3 6-6.5 10-6.5s7.3 2.2 10 6.5c-2.7 4.3-6 6.5-10 6.5S4.7 16.3 2 12zM12 15a3 3 0 100-6 3 3 0 000 6z",
  again:
    "M2 12c2.7-4.3 6-6.5 10-6.5s7.3 2.2 10 6.5c-2.7 4.3-6 6.5-10 6.5S4.7 16.3 2 12zM12 15a3 3 0 100-6 3 3 0 000 6z",
  not_whole:
    "M4 8.5V4h4.5M20 8.5V4h-4.5M4 15.5V20h4.5M20 15.5V20h-4.5M12 7.5a3.7 4.5 0 100 9 3.7 4.5 0 000-9z",
  too_dark:
    "M12 16a4 4 0 100-8 4 4 0 000 8zM12 2.5V5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3L7 7M17 17l1.7 1.7M5.3 18.7L7 17M17 7l1.7-1.7",
  too_bright: "M20 14.5A8.5 8.5 0 119.5 4a7 7 0 0010.5 10.5z",
  door_open: "M5 21V4.5L14 3v18zM14 5h5v16M3 21h18M11 12v.5",
  door_shut: "M6 21V4h12v17M3.5 21h17M15 12v.5",
  wait: "M12 7v5l3.5 2M12 21a9 9 0 100-18 9 9 0 000 18z",
  line: "M3 9c5.5-5 12.5-5 18 0M6.5 12.8c3.5-3 7.5-3 11 0M9.8 16.5c1.4-1.2 3-1.2 4.4 0M12 20v.3M4 3l16 18",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 010 6M18 6.5a8 8 0 010 11",
  mute: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  turn: "M4 9h4l1.5-2.5h5L16 9h4v10H4zM9 14.5a3 3 0 005.5 1M15 13a3 3 0 00-5.5-1M15 15.5v-1.5M9.5 10.5V12",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  language:
    "M3 6h9M7.5 3.5V6M4.5 14.5C8 12 9.8 9.5 10.5 6M5 9c1.3 2.5 3.2 4.3 5.5 5.3M12.5 20.5L16.8 10l4.2 10.5M14 17h5.5",
  erase: "M9 5h12v14H9L2.5 12zM12 9.5l5 5M17 9.5l-5 5",
};

/** A drawing that says nothing to screen readers: words stand beside it. */
export function glyph(name: string): SVGSVGElement {
  const path = svg("path", { d: PATHS[name] ?? "" });
  return svg("svg", { viewBox: "0 0 24 24", class: "glyph", "aria-hidden": "true" }, path);
}

/** Shows another drawing in its place. */
export function draw(drawing: SVGSVGElement, name: string): void {
  const path = drawing.firstElementChild;
  const wanted = PATHS[name] ?? "";
  if (path && path.getAttribute("d") !== wanted) path.setAttribute("d", wanted);
}
