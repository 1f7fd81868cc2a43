/** What is said in a long conversation: its turns, and for each message of them what it has to be. */
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../activities/models/scripted-model';
import { defineTool } from '../activities/tools/define-tool';
import type { ExecutableAgent, ReActAgent } from '../agent/agent';
import { defineAgent } from '../agent/define-agent';
import { sha256Hex } from '../agent/digest';
import { contentToText, text } from '../agent/messages';
import type { Message, ModelResponse, StreamEvent } from '../agent/model';
import { ModelBase, complete } from '../agent/model';
import { isSummaryRequest } from '../agent/summary';
import { type Passages, readPassages } from './long-text';

/** How long it gets. Every turn has as many steps: all read an entry but the last, which answers. */
export interface LongTalk {
  readonly turns: number;
  /** Two at least. */
  readonly stepsOfTurn: number;
  readonly resultCharacters: number;
}

export const readerName = 'reader';
export const contextWindow = 128_000;
const charactersPerToken = 4;
const summaryCharacters = 12_000;
const answerCharacters = 800;

export function questionOf({ stepsOfTurn }: LongTalk, turn: number): string {
  const entries = stepsOfTurn - 1;
  return `Read the entries ${(turn - 1) * entries + 1} to ${turn * entries}, one by one.`;
}

/** A message as the script has it. */
export type ScriptedMessage =
  | { readonly role: 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly entry?: number }
  | { readonly role: 'tool_response'; readonly content: string };

/** Every message of the conversation and its turn, in order. */
export function* scriptOf(
  talk: LongTalk,
): Generator<{ readonly turn: number; readonly message: ScriptedMessage }> {
  const passages = readPassages();
  for (let turn = 1; turn <= talk.turns; turn++) {
    yield { turn, message: { role: 'user', content: questionOf(talk, turn) } };
    const last = turn * (talk.stepsOfTurn - 1);
    for (let entry = last - talk.stepsOfTurn + 2; entry <= last; entry++) {
      yield { turn, message: { role: 'assistant', content: thoughtOf(entry), entry } };
      yield {
        turn,
        message: { role: 'tool_response', content: entryText(passages, talk, entry) },
      };
    }
    yield { turn, message: { role: 'assistant', content: answerOf(passages, last) } };
  }
}

export function createReader(talk: LongTalk): ExecutableAgent {
  const passages = readPassages();
  const readEntry = defineTool({
    name: 'read_entry',
    description: 'Reads one entry of the register.',
    input: z.object({ entry: z.number().describe('The number of the entry.') }),
    annotations: { readOnlyHint: true },
    execute: ({ entry }) => ({ content: [text(entryText(passages, talk, entry))] }),
  });
  return defineAgent({
    name: readerName,
    model: readerName,
    instructions: passages(0, 2_048),
    tools: [readEntry],
    limits: { maxSteps: talk.stepsOfTurn, contextWindow },
  });
}

/** Answers at once, and counts what it is sent as a provider would. It looks at the last message alone. */
export class ReaderModel extends ModelBase {
  private readonly passages = readPassages();
  /** Messages never change. */
  private readonly counted = new WeakMap<Message, number>();

  constructor(private readonly talk: LongTalk) {
    super();
  }

  async *streamResponse(
    { instructions }: ReActAgent,
    inputs: readonly Message[],
  ): AsyncGenerator<StreamEvent> {
    const response = this.answer(inputs.at(-1));
    const said = inputs.reduce((sum, message) => sum + this.tokens(message), 0);
    const usage = {
      inputTokens: said + Math.ceil(instructions.length / charactersPerToken),
      outputTokens: this.tokens(response),
    };
    // As long as a real one; a digest of the real prompt would be the model's own work, which is not measured.
    yield complete({ ...response, usage, promptDigest: sha256Hex(response.content) });
  }

  private answer(last: Message | undefined): ModelResponse {
    if (last && isSummaryRequest(last)) {
      return textResponse(this.passages(contentToText(last.content).length, summaryCharacters));
    }
    const said = last ? contentToText(last.content) : '';
    const [, first] = /^Read the entries (\d+)/.exec(said) ?? [];
    const [, read] = /^Entry (\d+):/.exec(said) ?? [];
    const entry = first === undefined ? Number(read) + 1 : Number(first);
    const isRead = read !== undefined && Number(read) % (this.talk.stepsOfTurn - 1) === 0;
    if (isRead) return textResponse(answerOf(this.passages, Number(read)));
    return toolCallResponse([{ name: 'read_entry', arguments: { entry } }], {
      content: thoughtOf(entry),
    });
  }

  private tokens(message: Message): number {
    const known = this.counted.get(message);
    if (known !== undefined) return known;
    const tokens = Math.ceil(JSON.stringify(message).length / charactersPerToken);
    this.counted.set(message, tokens);
    return tokens;
  }
}

function thoughtOf(entry: number): string {
  return `Next is entry ${entry}.`;
}

function entryText(passages: Passages, { resultCharacters }: LongTalk, entry: number): string {
  return `Entry ${entry}: `.padEnd(13) + passages(entry, resultCharacters - 13);
}

function answerOf(passages: Passages, entry: number): string {
  return `Read up to entry ${entry}. ${passages(entry, answerCharacters)}`;
}
