/** How values become payloads, the same on workers and clients. */
import type { DataConverter } from '@temporalio/common';
import { compressionCodec } from './compression-codec';

export const dataConverter: DataConverter = {
  payloadConverterPath: require.resolve('../workflows/payload-converter'),
  payloadCodecs: [compressionCodec],
};

/** Somebody's own in place of ours, but for the codecs: theirs come after ours, so that they encrypt what is compressed. */
export function withDataConverter(own: DataConverter | undefined): DataConverter {
  const theirs = own?.payloadCodecs ?? [];
  const payloadCodecs = theirs.includes(compressionCodec) ? theirs : [compressionCodec, ...theirs];
  return { ...dataConverter, ...own, payloadCodecs };
}
