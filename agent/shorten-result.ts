/**
 * A tool result that is too large to be shown to a model whole: the beginning and the end of its text, and a note
 * between them that says what is missing. Pure, and the same at every replay.
 */
import type { ReActAgent } from './agent';
import { jsonBytes } from './json';
import type { ContentBlock } from './messages';
import { contentToText, text } from './messages';
import type { ResultLimits } from './size-limits';
import { resultLimits } from './size-limits';
import { copyOf, headLength, isLongerThan, tailLength, utf8Bytes } from './text-ends';
import type { ToolResult } from './tool';

/** The tool that reads what a model was not shown of another tool's result. An agent has it if it names it. */
export const readResultName = 'read_result';

export interface Shortening extends Omit<ResultLimits, 'keptBytes'> {
  readonly callId: string;
  /** What is left out: the model can read it (`read_result`), people alone can (the transcript), or nobody. */
  readonly rest: 'readable' | 'kept' | 'lost';
}

export interface AnsweredCall {
  readonly agent: ReActAgent;
  /** Of the answer that asked. */
  readonly calls: number;
  readonly callId: string;
}

/** What Memory takes of a result that history keeps: as much as the agent's limits let the model see. */
export function shownResult(
  result: ToolResult,
  { agent, calls, callId }: AnsweredCall,
): ToolResult {
  const canRead = agent.tools.some(({ name }) => name === readResultName);
  const limits = resultLimits(agent.limits, calls);
  return shortenResult(result, { ...limits, callId, rest: canRead ? 'readable' : 'kept' });
}

/** The text of the beginning is three times as long as that of the end. */
const headShare = 3 / 4;

/** `result` itself where nothing is to be left out. Its state stays in any case. */
export function shortenResult(result: ToolResult, shortening: Shortening): ToolResult {
  const { structuredContent, ...rest } = result;
  const { textBytes } = shortening;
  const content = withinMedia(result.content, shortening);
  const whole = wholeText(result);
  if (isLongerThan(whole, textBytes)) {
    const media = content.filter((_block, index) => isMedia(result.content[index]!));
    // Line breaks will stand between them.
    const room = textBytes - utf8Bytes(contentToText(media)) - 3;
    return { ...rest, content: [...endsOf(whole, room, shortening).map(text), ...media] };
  }
  // What says once more what the text says is no more than that.
  if (structuredContent && jsonBytes(structuredContent) > textBytes) return { ...rest, content };
  return content === result.content ? result : { ...result, content };
}

/** What `read_result` reads, and what the characters of a note are counted in. */
export function wholeText({ content, structuredContent }: ToolResult): string {
  const hasText = content.some((block) => !isMedia(block) && contentToText([block]) !== '');
  if (hasText || !structuredContent) return contentToText(content);
  const value = JSON.stringify(structuredContent);
  return content.length === 0 ? value : `${contentToText(content)}\n${value}`;
}

/** Beginning, note and end of `whole`: `room` UTF-8 bytes, if the note alone is not longer. */
function endsOf(whole: string, room: number, shortening: Shortening): readonly string[] {
  const total = utf8Bytes(whole);
  // No note is longer than this one.
  const longest = toNote({ left: total, total, from: whole.length }, shortening);
  const shown = Math.max(0, room - utf8Bytes(longest));
  const headBytes = Math.floor(shown * headShare);
  const from = headLength(whole, headBytes);
  const to = whole.length - tailLength(whole, shown - headBytes);
  const head = copyOf(whole, 0, from);
  const tail = copyOf(whole, to, whole.length);
  const left = total - utf8Bytes(head) - utf8Bytes(tail);
  return [head, toNote({ left, total, from }, shortening), tail].filter((part) => part !== '');
}

interface Gap {
  /** UTF-8 bytes that are left out, of how many. */
  readonly left: number;
  readonly total: number;
  /** The first character that is left out. */
  readonly from: number;
}

function toNote({ left, total, from }: Gap, { callId, rest }: Shortening): string {
  const what = `${left} of the ${total} bytes of the result of \`${callId}\` are left out here`;
  switch (rest) {
    case 'readable':
      return `[… ${what}. Read them with \`${readResultName}\`: ${JSON.stringify({ callId, from })} …]`;
    case 'kept':
      return `[… ${what}. They are kept in the transcript of the conversation, where people can read them and you cannot …]`;
    case 'lost':
      return `[… ${what}, and were not kept …]`;
  }
}

/** Images, sounds and files are shown whole or not at all, the first ones first. */
function withinMedia(
  content: readonly ContentBlock[],
  { mediaBytes, rest }: Shortening,
): readonly ContentBlock[] {
  let [left, isWhole] = [mediaBytes, true];
  const shown = content.map((block): ContentBlock => {
    const bytes = mediaBytesOf(block);
    if (bytes <= left) {
      left -= bytes;
      return block;
    }
    isWhole = false;
    const fate = rest === 'lost' ? 'was not kept' : 'is kept in the transcript of the conversation';
    const name = contentToText([block]).replace(/\]$/, '');
    return text(`${name}: too large to be shown (${bytes} bytes of base64), it ${fate}]`);
  });
  return isWhole ? content : shown;
}

function isMedia(block: ContentBlock): boolean {
  return mediaBytesOf(block) > 0;
}

function mediaBytesOf(block: ContentBlock): number {
  switch (block.type) {
    case 'image':
    case 'audio':
      return block.data.length;
    case 'resource':
      return 'blob' in block.resource ? block.resource.blob.length : 0;
    case 'text':
    case 'resource_link':
      return 0;
  }
}
