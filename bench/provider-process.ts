/** The provider in a process of its own: what it computes is nobody's CPU time but its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ContenderName } from './contenders/contract';
import type { ProviderMessage } from './provider/provider-main';

export interface Provider {
  /** Where one contender finds it. A slow one answers word by word. */
  urlFor(name: ContenderName, pace?: 'instant' | 'slow'): string;
  /** How many requests it has made so far. */
  callsOf(name: ContenderName): Promise<number>;
  stop(): Promise<void>;
}

export async function startProvider(): Promise<Provider> {
  const child = fork(path.join(__dirname, 'provider', 'provider-main.ts'), {
    execArgv: ['--import', `file://${require.resolve('tsx')}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const gone = ended.then(() => {
    throw new Error('The provider process ended.');
  });
  // It is heard of by whoever waits for an answer.
  gone.catch(() => undefined);
  const next = async (): Promise<ProviderMessage> => {
    const [message] = (await Promise.race([once(child, 'message'), gone])) as [ProviderMessage];
    return message;
  };
  const first = await next();
  if (!('url' in first)) throw new Error('The provider did not say where it listens.');
  return {
    urlFor: (name, pace = 'instant') => `${first.url}/${name}${pace === 'slow' ? '/slow' : ''}`,
    async callsOf(name) {
      const answer = next();
      child.send('calls');
      const message = await answer;
      return 'calls' in message ? (message.calls[name] ?? 0) : 0;
    },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
