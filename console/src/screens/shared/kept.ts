// Small choices that a screen remembers, where its browser lets it.

export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(`menshen.${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`menshen.${key}`, value);
  } catch {
    // Then it is asked again next time.
  }
}
