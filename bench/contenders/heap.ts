/** Collects the garbage of every thread, so that memory shows what is held, and says how much V8 then holds. */
import { Session } from 'node:inspector/promises';
import { getHeapStatistics } from 'node:v8';

interface Reply {
  readonly id?: number;
  readonly result?: { readonly usedSize?: number };
}

/** @returns the bytes in use in the heaps of all threads. */
export async function collectGarbage(): Promise<number> {
  const session = new Session();
  session.connect();
  const threads = new Set<string>();
  session.on('NodeWorker.attachedToWorker', ({ params }) => threads.add(params.sessionId));
  let lastId = 0;
  const ask = (sessionId: string, method: string): Promise<Reply> => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
        const reply = JSON.parse(params.message) as Reply;
        if (params.sessionId === sessionId && reply.id === id) resolve(reply);
      });
      const message = JSON.stringify({ id, method });
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(reject);
    });
  };
  try {
    await session.post('HeapProfiler.collectGarbage');
    await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    let used = getHeapStatistics().used_heap_size;
    for (const thread of threads) {
      await ask(thread, 'HeapProfiler.collectGarbage');
      used += (await ask(thread, 'Runtime.getHeapUsage')).result?.usedSize ?? 0;
    }
    return used;
  } finally {
    session.disconnect();
  }
}
