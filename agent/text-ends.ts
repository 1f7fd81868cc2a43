/** The beginning and the end of a text that is too long to be shown whole. Pure, and cheap for megabytes. */

const encoder = new TextEncoder();

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Whether `text` has more than `limitBytes` UTF-8 bytes. Only in doubt is it encoded. */
export function isLongerThan(text: string, limitBytes: number): boolean {
  if (text.length > limitBytes) return true;
  return 3 * text.length > limitBytes && utf8Bytes(text) > limitBytes;
}

/** A cut moves by at most as many characters, to the end of a line. */
const nearCharacters = 200;

/** How many characters of `text` its first `limitBytes` UTF-8 bytes are: no character and, where one is near, no line is cut. */
export function headLength(text: string, limitBytes: number): number {
  let [bytes, length] = [0, 0];
  while (length < text.length) {
    const character = text.codePointAt(length)!;
    bytes += bytesOf(character);
    if (bytes > limitBytes) break;
    length += character > 0xffff ? 2 : 1;
  }
  if (length === text.length) return length;
  const lineEnd = text.lastIndexOf('\n', length);
  return lineEnd > 0 && length - lineEnd <= near(length) ? lineEnd : length;
}

/** The same of its last `limitBytes`. */
export function tailLength(text: string, limitBytes: number): number {
  let [bytes, start] = [0, text.length];
  while (start > 0) {
    const isPair = start > 1 && text.codePointAt(start - 2)! > 0xffff;
    bytes += isPair ? 4 : bytesOf(text.charCodeAt(start - 1));
    if (bytes > limitBytes) break;
    start -= isPair ? 2 : 1;
  }
  const length = text.length - start;
  if (start === 0) return length;
  const lineEnd = text.indexOf('\n', start - 1);
  return lineEnd >= 0 && lineEnd + 1 - start <= near(length) ? text.length - lineEnd - 1 : length;
}

/** A part of `text` that does not keep the whole in memory, as a slice of it would. */
export function copyOf(text: string, from: number, to: number): string {
  return JSON.parse(JSON.stringify(text.slice(from, to))) as string;
}

function near(length: number): number {
  return Math.min(nearCharacters, Math.floor(length / 4));
}

/** Half a pair becomes a replacement character of three bytes. */
function bytesOf(character: number): number {
  if (character < 0x80) return 1;
  if (character < 0x800) return 2;
  return character > 0xffff ? 4 : 3;
}
