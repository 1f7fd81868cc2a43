/** A namespace of the suite's server for one test file, so that programs which use the default task queue meet no other. */
import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { testAddress } from './temporal';

/** @returns what a process needs to know to be in it. */
export async function ownNamespace(): Promise<{
  TEMPORAL_ADDRESS: string;
  TEMPORAL_NAMESPACE: string;
}> {
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address: testAddress() });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
  } finally {
    await connection.close();
  }
  return { TEMPORAL_ADDRESS: testAddress(), TEMPORAL_NAMESPACE: namespace };
}
