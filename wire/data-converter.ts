/** How values become payloads, the same on workers and clients. */
import type { DataConverter } from '@temporalio/common';

export const dataConverter: DataConverter = {
  payloadConverterPath: require.resolve('../workflows/payload-converter'),
};
