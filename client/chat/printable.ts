/**
 * Text as a terminal may show it. A terminal obeys control characters, and how wide a tab is depends on where it
 * stands: models and tools are to move neither the cursor nor anything else. Each character by itself, so that pieces
 * come out as the whole does.
 */
export function toPrintable(text: string): string {
  return text.replaceAll('\t', '    ').replace(/(?!\n)\p{Cc}/gu, '');
}
