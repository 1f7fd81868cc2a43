/** Images and other files in a request: whether their Base64 is Base64, and what their bytes say they are. */

/** Neither line breaks nor blanks, nothing before or after: the APIs decode strictly. */
export function isBase64(data: string): boolean {
  return data !== '' && data.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
}

/** Google's JSON reads both alphabets, padded or not. */
export function isBase64OrBase64Url(data: string): boolean {
  return data !== '' && /^[A-Za-z0-9+/_-]+={0,2}$/.test(data);
}

/** The media type that the first bytes of `data` (Base64) prove, if it is one that models read. */
export function sniffMediaType(data: string): string | undefined {
  const bytes = Buffer.from(data.slice(0, 64), 'base64');
  if (bytes.subarray(0, 8).toString('hex') === '89504e470d0a1a0a') return 'image/png';
  if (bytes.subarray(0, 3).toString('hex') === 'ffd8ff') return 'image/jpeg';
  if (/^GIF8[79]a/.test(bytes.toString('latin1'))) return 'image/gif';
  if (/^RIFF....WEBP/s.test(bytes.toString('latin1'))) return 'image/webp';
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') return 'application/pdf';
  return undefined;
}

export const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;

export interface DataUrl {
  readonly mediaType: string;
  readonly data: string;
}

/** The parts of `data:image/png;base64,…`, or `undefined`. */
export function readDataUrl(url: string): DataUrl | undefined {
  const match = /^data:([^;,]*);base64,(.*)$/s.exec(url);
  return match ? { mediaType: match[1] ?? '', data: match[2] ?? '' } : undefined;
}
