/**
 * Temporal's default converter, except that reading never throws: one undecodable signal would otherwise fail every
 * workflow task of its conversation for ever. What cannot be read becomes `{ undecodable: reason }`, which the guards
 * put aside. Reached by path: `payloadConverterPath` in wire/data-converter.ts.
 */
import { type PayloadConverter, defaultPayloadConverter } from '@temporalio/workflow';

export interface Undecodable {
  readonly undecodable: string;
}

export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload<T>(...[payload, context, hint]: Parameters<PayloadConverter['fromPayload']>): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload, context, hint as never);
    } catch (error) {
      const undecodable: Undecodable = {
        undecodable: error instanceof Error ? error.message : String(error),
      };
      return undecodable as T;
    }
  },
};
