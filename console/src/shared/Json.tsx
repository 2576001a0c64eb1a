/** A value in the words of the wire, for whoever wants to see exactly what was said. */

/** Texts longer than this (pictures) are shown by their length. */
const LONGEST = 400;

export function Json({ value, label }: { value: unknown; label: string }) {
  const text = JSON.stringify(
    value,
    (_, part: unknown) =>
      typeof part === "string" && part.length > LONGEST
        ? `${part.slice(0, 60)}… (${part.length} characters)`
        : part,
    2,
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="json" aria-label={label} tabIndex={0}>
      <pre>{text}</pre>
    </section>
  );
}
