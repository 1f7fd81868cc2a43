/**
 * What a server has handed out and expects back unchanged: thinking with its signature, reasoning items with their
 * encryption, thought signatures on their parts. A checker without it accepts whatever is well formed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../../agent/json';
import { textOf } from './strict-json';
import { modelFamily } from './strict-models';

interface IssuedThinking {
  readonly thinking: string;
  readonly family: string;
}

/** One item of a Responses answer. */
export interface IssuedItem {
  readonly item: JsonObject;
  /** Whether its response was stored, so that its id alone stands for it. */
  readonly isStored: boolean;
  /** The reasoning item before it in the same answer, without which its id is refused. */
  readonly reasoningId?: string;
  /** For a reasoning item: the item that has to follow it, and the encryptions of the finished events. */
  readonly followingId?: string;
  readonly encryptions?: ReadonlySet<string>;
}

interface IssuedSignature {
  readonly family: string;
  /** The part without its signature. */
  readonly part: JsonObject;
}

export class Issued {
  readonly #thinking = new Map<string, IssuedThinking>();
  readonly #redacted = new Map<string, string>();
  readonly #thoughtfulToolUses = new Set<string>();
  readonly #items = new Map<string, IssuedItem>();
  readonly #responses = new Set<string>();
  readonly #signatures = new Map<string, IssuedSignature>();

  rememberThinking(model: string, thinking: string, signature: string): void {
    this.#thinking.set(signature, { thinking, family: modelFamily(model) });
  }

  rememberRedacted(model: string, data: string): void {
    this.#redacted.set(data, modelFamily(model));
  }

  /** The tool use came with thinking, which has to lead its turn when it is sent back. */
  rememberThoughtfulToolUse(id: string): void {
    this.#thoughtfulToolUses.add(id);
  }

  /** Why a `thinking` or `redacted_thinking` block is not as it was issued to this model. */
  thinkingFault(model: string, block: JsonObject): 'unknown' | 'edited' | undefined {
    const family = modelFamily(model);
    if (block['type'] === 'redacted_thinking') {
      return this.#redacted.get(textOf(block['data'])) === family ? undefined : 'unknown';
    }
    const issued = this.#thinking.get(textOf(block['signature']));
    if (!issued || issued.family !== family) return 'unknown';
    return issued.thinking === block['thinking'] ? undefined : 'edited';
  }

  cameWithThinking(toolUseId: string): boolean {
    return this.#thoughtfulToolUses.has(toolUseId);
  }

  rememberItem(issued: IssuedItem): void {
    this.#items.set(textOf(issued.item['id']), issued);
  }

  item(id: string): IssuedItem | undefined {
    return this.#items.get(id);
  }

  rememberResponse(id: string): void {
    this.#responses.add(id);
  }

  hasResponse(id: string): boolean {
    return this.#responses.has(id);
  }

  rememberSignature(model: string, part: JsonObject, signature: string): void {
    this.#signatures.set(canonical(signature), { family: modelFamily(model), part });
  }

  /** Why a signed part is not one that was issued to this model. */
  signatureFault(model: string, signed: JsonObject): 'unknown' | 'moved' | undefined {
    const { thoughtSignature, ...part } = signed;
    const issued = this.#signatures.get(canonical(textOf(thoughtSignature)));
    if (!issued || issued.family !== modelFamily(model)) return 'unknown';
    return isDeepStrictEqual(signable(issued.part), signable(part)) ? undefined : 'moved';
  }
}

/** Some clients write it in the URL-safe alphabet: the bytes are what counts. */
function canonical(signature: string): string {
  return Buffer.from(signature, 'base64').toString('base64');
}

/** What a signature covers. The id of a call is the client's to send or not, empty arguments may be left out. */
function signable(part: JsonObject): unknown {
  const { functionCall, text, thought } = part;
  if (typeof functionCall !== 'object' || functionCall === null) return { text, thought };
  const { name, args } = functionCall as JsonObject;
  return { name, args: args ?? {} };
}
