/** Conversations in recordings: exchanges of one file of which each request goes on from the one before. */
import { isDeepStrictEqual } from 'node:util';
import type { Message } from '../../../agent/model';
import { contentToText } from '../../../agent/messages';
import { Inexpressible } from '../fidelity/inexpressible';
import type { NeutralRequest } from '../fidelity/neutral-request';
import { neutralRequestOf } from '../fidelity/request-fidelity';
import type { RawAnswer, RawExchange, RawWire } from '../raw/raw-types';
import { readAnswer } from '../raw/raw-readings';

export interface RecordedStep {
  readonly exchange: RawExchange & { readonly wire: RawWire };
  /** What was asked, in our words. */
  readonly request: NeutralRequest;
  /** What was answered, read from the bytes. */
  readonly answer: RawAnswer;
}

/** At least two steps, and a call of a tool that the client runs. */
export interface RecordedChain {
  /** `<path>#<index of the first exchange>…` */
  readonly id: string;
  readonly steps: readonly RecordedStep[];
}

export interface FoundChains {
  readonly chains: readonly RecordedChain[];
  /** Requests of conversations with tools that have no neutral form. */
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
}

/** The conversations with tools in the exchanges of one file. */
export function chainsIn(exchanges: readonly RawExchange[]): FoundChains {
  const unreadable: { id: string; reason: string }[] = [];
  const steps = exchanges.flatMap((exchange): RecordedStep[] => {
    const step = toStep(exchange);
    if (typeof step !== 'string') return step ? [step] : [];
    unreadable.push({ id: exchange.id, reason: step });
    return [];
  });
  let open: (readonly RecordedStep[])[] = [];
  for (const step of steps) {
    const former = open.findLast((chain) => chain.some((it) => continues(it, step)));
    const end = former?.findLastIndex((it) => continues(it, step)) ?? -1;
    const chain = [...(former?.slice(0, end + 1) ?? []), step];
    // Where another step went on from the same answer, both conversations are kept.
    open = former && end === former.length - 1 ? open.filter((it) => it !== former) : open;
    open.push(chain);
  }
  const chains = open
    .filter((chain) => chain.length >= 2 && chain.some(({ answer }) => answer.toolCalls.length > 0))
    .map((chain) => ({ id: idOf(chain), steps: chain }));
  return { chains, unreadable: isWithTools(exchanges) ? unreadable : [] };
}

/** Whether several exchanges might be a conversation, and somebody asks for a tool. */
function isWithTools(exchanges: readonly RawExchange[]): boolean {
  const answers = exchanges.filter(({ kind }) => kind === 'generation').map(readAnswer);
  return (
    answers.length >= 2 &&
    answers.some((answer) => answer.outcome === 'response' && answer.toolCalls.length > 0)
  );
}

function idOf(chain: readonly RecordedStep[]): string {
  const [first, ...rest] = chain.map(({ exchange }) => exchange.id);
  return `${first}${rest.map((id) => `+${id.slice(id.lastIndexOf('#') + 1)}`).join('')}`;
}

/** The step of a model call that was answered, or why its request cannot be told. */
function toStep(exchange: RawExchange): RecordedStep | string | undefined {
  const { kind, wire, request } = exchange;
  if (kind !== 'generation' || !wire) return undefined;
  if (request?.body === undefined) return 'its request was not recorded';
  const answer = readAnswer(exchange);
  if (answer.outcome !== 'response') return undefined;
  const ofModel = { ...exchange, wire };
  try {
    return { exchange: ofModel, request: neutralRequestOf(ofModel), answer };
  } catch (error) {
    return error instanceof Inexpressible ? error.message : `it cannot be read: ${String(error)}`;
  }
}

/** Whether `next` asks what `former` asked, with its answer and something more. */
function continues(former: RecordedStep, next: RecordedStep): boolean {
  const before = former.request.messages;
  const after = next.request.messages;
  const said = after[before.length];
  return (
    said?.role === 'assistant' &&
    before.every((message, at) => isSame(message, after[at])) &&
    isSameText(said.content, former.answer.text + (former.answer.refusal ?? '')) &&
    isDeepStrictEqual(
      said.toolCalls.map((call) => ({ name: call.name, arguments: call.arguments })),
      plain(former.answer.toolCalls),
    )
  );
}

function isSame(left: Message, right: Message | undefined): boolean {
  if (left.role !== right?.role) return false;
  return isSameText(contentToText(left.content), contentToText(right.content));
}

/** Letter by letter: some recorders write typographic marks in plain ones, and texts are joined in several ways. */
function isSameText(left: string, right: string): boolean {
  return lettersOf(left) === lettersOf(right);
}

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '');
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
