/** The sign of Menshen: the two leaves of a door, each with its ring. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" role="img" aria-label="Menshen">
      <path d="M4 6h24v3H4z" fill="#b3261e" />
      <path d="M6 10h9v18H6zM17 10h9v18h-9z" fill="#b3261e" />
      <circle cx="12.2" cy="19.5" r="2" fill="none" stroke="#f4c542" strokeWidth="1.4" />
      <circle cx="19.8" cy="19.5" r="2" fill="none" stroke="#f4c542" strokeWidth="1.4" />
    </svg>
  );
}
