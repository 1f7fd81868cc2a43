/** Collects the garbage of every thread, so that memory shows what is held and not what is left lying. */
import { Session } from 'node:inspector';

export async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  const threads = new Set<string>();
  session.on('NodeWorker.attachedToWorker', ({ params }) => threads.add(params.sessionId));
  const post = (method: string, parameters?: object) =>
    new Promise<void>((resolve, reject) =>
      session.post(method, parameters, (error) => (error ? reject(error) : resolve())),
    );
  try {
    await post('HeapProfiler.collectGarbage');
    await post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    for (const sessionId of threads) await collectThread(session, sessionId);
  } finally {
    session.disconnect();
  }
}

function collectThread(session: Session, sessionId: string): Promise<void> {
  const id = 1;
  return new Promise((resolve, reject) => {
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      const reply = JSON.parse(params.message) as { id?: number };
      if (params.sessionId === sessionId && reply.id === id) resolve();
    });
    const message = JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' });
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message }, (error) => {
      if (error) reject(error);
    });
  });
}
