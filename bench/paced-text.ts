/** An answer whose tokens have all the same length, and the clock that its writer and its readers share. */

/** With the space before it, which the first one does without. */
export const tokenLength = 4;

/** `000 001 002 …`: no place in it looks like another. */
export function pacedText(characters: number): string {
  const tokens = Array.from({ length: Math.ceil(characters / tokenLength) }, (_, index) =>
    index.toString(36).padStart(tokenLength - 1, '0'),
  );
  return tokens.join(' ');
}

/** How many tokens a text of this length has. */
export function tokensIn(length: number): number {
  return Math.floor((length + 1) / tokenLength);
}

/** Milliseconds since 1970, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
