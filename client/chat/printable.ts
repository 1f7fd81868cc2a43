/**
 * Text as a terminal may show it. A terminal obeys control characters, and how wide a tab is depends on where it
 * stands: models and tools are to move neither the cursor nor anything else, nor turn around what stands beside them.
 * Each character by itself, so that pieces come out as the whole does.
 */
export function toPrintable(text: string): string {
  return text.replaceAll('\t', '    ').replace(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '');
}

/** Programs get text as it is. */
export function printableOn({ isTTY }: { readonly isTTY?: boolean }, text: string): string {
  return isTTY === true ? toPrintable(text) : text;
}
