/**
 * Makes large payloads small on their way to the server, in the wire form of the Go SDK's zlib codec, which ready-made
 * codec servers read too. Small ones stay as they are: Temporal's UI and clients without this codec show them.
 */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { Field, MapField, Type } from 'protobufjs';

/** Payloads of more bytes of data than these are compressed. */
export const compressedFromBytes = 64 * 1024;
/**
 * What is larger is neither compressed nor decompressed: 2 MiB on the wire could come to 2 GiB in the worker, and a
 * workflow has two seconds to read what it was sent. The largest that conversations write is what continue-as-new
 * takes along (workflows/carry-over.ts).
 */
export const decompressedLimitBytes = 8 * 1024 * 1024;

const encodingKey = 'encoding';
export const zlibEncoding = 'binary/zlib';
const encoder = new TextEncoder();
const decoder = new TextDecoder();
// Without `Sync` they work in a thread of their own: megabytes take a tenth of a second.
const deflate = promisify<zlib.InputType, Buffer>(zlib.deflate);
const inflate = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);

/** `temporal.api.common.v1.Payload`, less what no codec gets to see. */
const payloadType = new Type('Payload')
  .add(new MapField('metadata', 1, 'string', 'bytes'))
  .add(new Field('data', 2, 'bytes'));

export const compressionCodec: PayloadCodec = {
  encode: (payloads) => Promise.all(payloads.map(compress)),
  decode: (payloads) => Promise.all(payloads.map(decompress)),
};

async function compress(payload: Payload): Promise<Payload> {
  const length = payload.data?.length ?? 0;
  if (length <= compressedFromBytes) return payload;
  const whole = payloadType.encode(payload).finish();
  if (whole.length > decompressedLimitBytes) return payload;
  const data = await deflate(whole);
  return data.length < length ? withEncoding(zlibEncoding, data) : payload;
}

async function decompress(payload: Payload): Promise<Payload> {
  const encoding = payload.metadata?.[encodingKey];
  if (!encoding || decoder.decode(encoding) !== zlibEncoding) return payload;
  try {
    const options = { maxOutputLength: decompressedLimitBytes };
    // An empty field may be a list.
    const data = payload.data?.length ? payload.data : new Uint8Array();
    const whole = await inflate(data, options);
    return fromBytes(whole);
  } catch (error) {
    return unreadable(error);
  }
}

function fromBytes(whole: Uint8Array): Payload {
  const { metadata = {}, data } = payloadType.decode(whole) as Payload;
  // Where there is no field, the library has a list.
  return { metadata, data: data instanceof Uint8Array ? data : new Uint8Array() };
}

/**
 * A codec that throws fails the workflow task, and every retry of it: one damaged signal would wedge its conversation
 * for ever. So the payload goes on, as one of which every converter says that, and why, it cannot read it.
 *
 * @throws `error` when another attempt may do better: the same bytes have to be the same value at every replay.
 */
function unreadable(error: unknown): Payload {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_MEM_ERROR' || code === 'ERR_MEMORY_ALLOCATION_FAILED') throw error;
  const reason =
    code === 'ERR_BUFFER_TOO_LARGE' ? `more than ${decompressedLimitBytes} bytes` : message;
  return withEncoding(`${zlibEncoding}, which is damaged (${reason})`, new Uint8Array());
}

function withEncoding(encoding: string, data: Uint8Array): Payload {
  return { metadata: { [encodingKey]: encoder.encode(encoding) }, data };
}
