/** Payloads as the Go SDK's zlib codec writes them, made without ours. */
import { deflateSync } from 'node:zlib';
import { temporal } from '@temporalio/proto';
import type { RawPayload } from './raw-calls';
import { payload } from './raw-calls';

export function zlibPayload(inner: RawPayload): RawPayload {
  return zlibBytes(temporal.api.common.v1.Payload.encode(inner).finish());
}

/** Of any bytes, whether or not they are a payload. */
export function zlibBytes(whole: Uint8Array): RawPayload {
  return payload('binary/zlib', deflateSync(whole));
}

/** Its first half. */
export function cutOff({ metadata, data }: RawPayload): RawPayload {
  return {
    metadata: metadata ?? {},
    data: (data ?? new Uint8Array()).slice(0, (data?.length ?? 0) / 2),
  };
}
