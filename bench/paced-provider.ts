/** The provider that writes token by token, in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { now } from './paced-text';
import type { PacedAnswer, PacedMessage } from './provider/paced-main';

export interface Pace {
  readonly characters: number;
  /** Between two tokens. */
  readonly intervalMs: number;
}

export interface PacedProvider {
  /** Without `/v1`. */
  urlFor(pace: Pace): string;
  lastAnswer(): Promise<PacedAnswer>;
  /** From a direct request to its first token, in milliseconds. */
  firstToken(pace: Pace): Promise<number>;
  stop(): Promise<void>;
}

export async function startPacedProvider(): Promise<PacedProvider> {
  const child = fork(path.join(__dirname, 'provider', 'paced-main.ts'), {
    execArgv: ['--import', `file://${require.resolve('tsx')}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const next = async (): Promise<PacedMessage> => {
    const [message] = (await once(child, 'message')) as [PacedMessage];
    return message;
  };
  const first = await next();
  if (!('url' in first)) throw new Error('The provider did not say where it listens.');
  const urlFor = ({ characters, intervalMs }: Pace): string =>
    `${first.url}/${characters}/${intervalMs}`;
  return {
    urlFor,
    async lastAnswer() {
      const answer = next();
      child.send('last answer');
      const message = await answer;
      return 'writtenAt' in message ? message : { writtenAt: [] };
    },
    async firstToken(pace) {
      const startedAt = now();
      const body = JSON.stringify({ model: 'paced', input: [], stream: true });
      const response = await fetch(`${urlFor(pace)}/v1/responses`, { method: 'POST', body });
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        if (text.includes('output_text.delta')) break;
      }
      return now() - startedAt;
    },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
