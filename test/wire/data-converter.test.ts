import type { PayloadCodec } from '@temporalio/common';
import { readEnvironment } from '../../workers/environment';
import { holdfastPlugin } from '../../workers/plugin';
import { compressionCodec } from '../../wire/compression-codec';
import { dataConverter, withDataConverter } from '../../wire/data-converter';

const encryption: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads),
  decode: (payloads) => Promise.resolve(payloads),
};
const plugin = holdfastPlugin({ agents: [], environment: readEnvironment({}) });

test('everybody has the converter that never throws, and compression', () => {
  expect(withDataConverter(undefined)).toEqual(dataConverter);
  expect(dataConverter.payloadCodecs).toEqual([compressionCodec]);
});

test('what somebody brings along is kept, and their codecs come after compression', () => {
  const own = { payloadConverterPath: '/own.js', failureConverterPath: '/failures.js' };

  expect(withDataConverter({ ...own, payloadCodecs: [encryption] })).toEqual({
    ...own,
    payloadCodecs: [compressionCodec, encryption],
  });
});

test('compression has one place, wherever somebody has put it', () => {
  const payloadCodecs = [encryption, compressionCodec];

  expect(withDataConverter({ payloadCodecs }).payloadCodecs).toEqual(payloadCodecs);
  expect(withDataConverter(withDataConverter(undefined))).toEqual(dataConverter);
});

test.each(['configureWorker', 'configureReplayWorker', 'configureClient'] as const)(
  'the plugin says so too: %s',
  (configure) => {
    const options = { dataConverter: { payloadCodecs: [encryption] } };

    expect(plugin[configure](options as never).dataConverter?.payloadCodecs).toEqual([
      compressionCodec,
      encryption,
    ]);
  },
);
