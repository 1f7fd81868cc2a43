/**
 * Where a recorded stream has said all that an answer needs. Read from the bytes alone; no adapter is asked. By protocol:
 * OpenAI Responses: the event `response.completed`, `response.incomplete` or `response.failed`. Chat Completions: the
 * first `finish_reason` behind which no chunk adds anything; usage and `[DONE]` may be missing. Anthropic: `message_stop` after a `stop_reason`.
 * Gemini: the last chunk with a `finishReason`, or with a `blockReason` of the prompt.
 */
import type { RawWire } from '../raw/raw-types';
import { isRecord, list, record, text, tryParse } from '../raw/raw-json';

export interface StreamEnd {
  /** Fewer bytes of the body than these cannot be a whole answer. */
  readonly bytes: number;
  /** Where events end, with their blank lines: positions behind the last byte of each. */
  readonly boundaries: readonly number[];
}

/** `undefined` where the stream has no end at all. */
export function endOf(body: Buffer, wire: RawWire): StreamEnd | undefined {
  const blocks = blocksOf(body);
  const data = blocks.map(({ payload }) => record(tryParse(payload)?.json));
  const last = lastIndexOf(data, wire);
  const block = blocks[last];
  return block && { bytes: block.payloadEnd, boundaries: blocks.map(({ end }) => end) };
}

function lastIndexOf(data: readonly Readonly<Record<string, unknown>>[], wire: RawWire): number {
  switch (wire) {
    case 'openai-responses':
      return data.findIndex(({ type }) =>
        ['response.completed', 'response.incomplete', 'response.failed'].includes(text(type)),
      );
    case 'openai-chat': {
      const lastPiece = data.findLastIndex(({ choices }) => list(choices).some(addsAnything));
      return data.findIndex(({ choices }, index) => {
        const isFinished = list(choices).some((choice) => record(choice)['finish_reason']);
        return index >= lastPiece && isFinished;
      });
    }
    case 'anthropic': {
      const reason = data.findIndex(({ delta, message }) =>
        Boolean(record(delta)['stop_reason'] ?? record(message)['stop_reason']),
      );
      const isStop = ({ type }: Readonly<Record<string, unknown>>) => type === 'message_stop';
      return data.findIndex((it, index) => index > reason && reason >= 0 && isStop(it));
    }
    case 'gemini':
      return data.findLastIndex(
        ({ candidates, promptFeedback }) =>
          Boolean(record(list(candidates)[0])['finishReason']) ||
          (isRecord(promptFeedback) && Boolean(promptFeedback['blockReason'])),
      );
  }
}

/** A piece of text, of a refusal or of reasoning, or of a call. */
function addsAnything(choice: unknown): boolean {
  const { role: _role, ...delta } = record(record(choice)['delta']);
  return Object.values(delta).some((piece) => (Array.isArray(piece) ? piece.length > 0 : piece));
}

interface Block {
  /** The data, its lines joined. */
  readonly payload: string;
  /** Behind the last byte of the data. */
  readonly payloadEnd: number;
  /** Behind the blank line. */
  readonly end: number;
}

/** One character a byte, so that positions are those of the bytes. */
function blocksOf(body: Buffer): readonly Block[] {
  const blocks: Block[] = [];
  const bytes = body.toString('latin1');
  let lines: string[] = [];
  let payloadEnd = 0;
  for (const { 0: line, 1: content = '', index } of bytes.matchAll(/([^\r\n]*)(?:\r\n|\r|\n|$)/g)) {
    const end = index + line.length;
    if (content.startsWith('data:')) {
      lines.push(content.slice('data:'.length));
      payloadEnd = index + content.length;
    }
    const isEnd = content === '' || end === bytes.length;
    if (!isEnd || lines.length === 0) continue;
    blocks.push({ payload: Buffer.from(lines.join('\n'), 'latin1').toString(), payloadEnd, end });
    lines = [];
  }
  return blocks;
}
