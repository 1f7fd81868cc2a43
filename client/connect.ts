/** A Temporal client as conversations need it. */
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { temporalLocation } from '../wire/connection';
import type { DataConverter } from '@temporalio/common';
import type { DeltaReader } from '../wire/delta-channel';
import { withDataConverter } from '../wire/data-converter';

export interface ConnectOptions {
  /** @default `TEMPORAL_ADDRESS` or the profile's, else localhost:7233 */
  readonly address?: string;
  /** @default `TEMPORAL_NAMESPACE` or the profile's, else default */
  readonly namespace?: string;
  /** Where new conversations go. @default `HOLDFAST_TASK_QUEUE`, else holdfast */
  readonly taskQueue?: string;
  /** Over Holdfast's own, the workers' too; its codecs come after the compression of large payloads. @default {} */
  readonly dataConverter?: DataConverter;
  /**
   * Where pieces of answers come from besides heartbeats. Closed with the client. @default Redis where
   * `HOLDFAST_REDIS_URL` is set, as it must be for the workers
   */
  readonly deltas?: DeltaReader;
}

/** @throws Error when no server answers. */
export async function connectTemporal(
  options: ConnectOptions,
): Promise<{ client: Client; taskQueue: string | undefined }> {
  const { connectionOptions, namespace, taskQueue } = temporalLocation(options);
  const retries = defaultGrpcRetryOptions({ initialIntervalMs });
  let isClosing = false;
  const connection = await Connection.connect({
    ...connectionOptions,
    // The client's own option for this is ignored by grpc-js, which then refuses pages over 4 MiB.
    channelArgs: { 'grpc.max_receive_message_length': 128 * 1024 * 1024 },
    interceptors: [
      makeGrpcRetryInterceptor({
        ...retries,
        // A call that is tried again on a closed connection throws where nobody can catch it, and ends the process.
        retryableDecider: (attempt, status) =>
          !isClosing && retries.retryableDecider(attempt, status),
      }),
    ],
  });
  const close = connection.close.bind(connection);
  connection.close = () => {
    isClosing = true;
    return close();
  };
  const dataConverter = withDataConverter(options.dataConverter);
  const client = new Client({ connection, namespace, dataConverter });
  return { client, taskQueue: options.taskQueue ?? taskQueue };
}

/**
 * An update that meets continue-as-new is refused as if the server were busy, and so is a query while another one waits
 * for the workflow task at work: the new run, or the end of the task, is there in no time.
 */
function initialIntervalMs({ code, details }: { code: number; details: string }): number {
  if (/workflow is closing|query buffer is full/.test(details)) return 20;
  return code === resourceExhausted ? 1_000 : 100;
}

const resourceExhausted = 8;
