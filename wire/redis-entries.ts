/** Deltas as entries of a Redis stream: one stream for a conversation, one field in an entry. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/internal-non-workflow';
import type { DeltaConversation, DeltaSnapshot } from './delta-channel';
import { compressionCodec } from './compression-codec';
import { parseDeltaSnapshot } from './heartbeat-deltas';

export const entryField = 'delta';

/** An entry of a stream, as Redis tells it. */
export type RedisEntry = readonly [id: string, fields: readonly string[]];

/** `database`: as the URL has it, for where Redis refuses it ioredis stays in the first one, whose streams are others'. */
export function streamKey({ namespace, id }: DeltaConversation, database: number): string {
  return `holdfast:deltas:${database}:${encoded(namespace)}:${encoded(id)}`;
}

/** Half of a character of two units, which Temporal would not keep either, is no URI. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/**
 * What a deployment's own codecs do to a payload, they do to what goes through Redis: who encrypts what Temporal
 * stores finds no plain text here either.
 */
export class EntryFormat {
  /** @param codecs the data converter's, asked each time: a worker learns of them late. @default none */
  constructor(private readonly codecs: () => readonly PayloadCodec[] = () => []) {}

  async toText(snapshot: DeltaSnapshot): Promise<string> {
    const json = JSON.stringify(snapshot);
    const codecs = this.ownCodecs;
    if (codecs.length === 0) return json;
    const [sealed] = await encode(codecs, [{ metadata: {}, data: Buffer.from(json) }]);
    return JSON.stringify(toSealed(sealed ?? {}));
  }

  /** @returns undefined for what is none, or was written with other codecs. */
  async fromEntry([, fields]: RedisEntry): Promise<DeltaSnapshot | undefined> {
    try {
      const said: unknown = JSON.parse(fields[fields.indexOf(entryField) + 1] ?? '');
      const codecs = this.ownCodecs;
      if (codecs.length === 0) return parseDeltaSnapshot(said);
      const [payload] = await decode(codecs, [fromSealed(said as Sealed)]);
      return parseDeltaSnapshot(JSON.parse(Buffer.from(payload?.data ?? []).toString()));
    } catch {
      return undefined;
    }
  }

  private get ownCodecs(): PayloadCodec[] {
    return this.codecs().filter((codec) => codec !== compressionCodec);
  }
}

/** A payload as JSON: its bytes in base64. */
interface Sealed {
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: string;
}

function toSealed({ metadata, data }: Payload): Sealed {
  const entries = Object.entries(metadata ?? {}).map(([key, value]) => [key, toBase64(value)]);
  return { metadata: Object.fromEntries(entries) as Sealed['metadata'], data: toBase64(data) };
}

function fromSealed({ metadata, data }: Sealed): Payload {
  const entries = Object.entries(metadata).map(([key, value]) => [key, fromBase64(value)] as const);
  return { metadata: Object.fromEntries(entries), data: fromBase64(data) };
}

function toBase64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
