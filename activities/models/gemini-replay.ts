/**
 * The parts of Gemini's answers, kept so that they can be sent back as they came: each signature on its own part,
 * all in their order. Of texts and calls only what the neutral form lacks; everything else verbatim.
 */
import type { Part } from '@google/genai';
import type { JsonObject, JsonValue } from '../../agent/json';
import type { ToolCallMessage } from '../../agent/messages';
import type { Message, ModelResponse, ProviderData } from '../../agent/model';

export const geminiProvider = 'gemini';

/** The text that a user sees of a part. */
export function visibleText({ text, thought }: Part): string {
  return thought ? '' : (text ?? '');
}

/** The parts that ask for a tool of ours. Google's servers run some tools themselves: their results follow. */
export function callParts(parts: readonly Part[]): Part[] {
  const answers = parts.flatMap(({ functionResponse }) => functionResponse ?? []);
  return parts.filter(({ functionCall: call }) => {
    if (!call) return false;
    const answered = answers.findIndex((it) =>
      it.id && call.id ? it.id === call.id : it.name === call.name,
    );
    if (answered < 0) return true;
    answers.splice(answered, 1);
    return false;
  });
}

/** The parts of an answer, or `undefined` where the neutral form says it all. */
export function toProviderData(
  parts: readonly Part[],
  family: string,
  continuationToken?: string,
): ProviderData | undefined {
  const calls = callParts(parts);
  const items = parts.flatMap((part): JsonObject[] => {
    const call = calls.indexOf(part);
    if (call >= 0) return [keptCall(part, call)];
    if (typeof part.text !== 'string' || part.thought) {
      return part.thought && !part.thoughtSignature ? [] : [{ part: { ...part } as JsonObject }];
    }
    const { text, ...rest } = part;
    return [{ ...(rest as JsonObject), length: text.length }];
  });
  const saysMore =
    items.some((item, index) => Object.keys(item).some((key) => !isNeutral(key, index))) ||
    // Ids are sent back to where they came from: without this nobody knows where that was.
    calls.some(({ functionCall }) => functionCall?.id);
  if (continuationToken) {
    return { provider: geminiProvider, family, items: [...items, { continuationToken }] };
  }
  return saysMore ? { provider: geminiProvider, family, items } : undefined;
}

/** The neutral form writes one text, then the calls. */
function isNeutral(key: string, index: number): boolean {
  return key === 'call' || (key === 'length' && index === 0);
}

function keptCall({ functionCall, ...part }: Part, index: number): JsonObject {
  const { id: _id, name: _name, args: _args, willContinue: _open, ...more } = functionCall ?? {};
  const saysMore = Object.keys(more).length > 0;
  return {
    ...(part as JsonObject),
    ...(saysMore && { functionCall: more as JsonObject }),
    call: index,
  };
}

/** Whether the model that is asked can read what `message` was signed with. */
export function isOwn({ providerData }: ModelResponse, family: string): boolean {
  return providerData?.provider === geminiProvider && providerData.family === family;
}

/**
 * An answer that ended for now: it goes on when what it answers is sent again, with its last token.
 * Undefined where `messages` end otherwise.
 */
export function pausedAnswer(
  messages: readonly Message[],
  family: string,
): { readonly before: readonly Message[]; readonly continuationToken: string } | undefined {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || !isOwn(last, family)) return undefined;
  const item = last.providerData?.items.at(-1) as JsonObject | undefined;
  const continuationToken = item?.['continuationToken'];
  if (typeof continuationToken !== 'string') return undefined;
  const end = messages.findLastIndex(({ role }) => role !== 'assistant') + 1;
  return { before: messages.slice(0, end), continuationToken };
}

/** The parts to send for `message`, or `undefined` where another provider or model family must do without. */
export function fromProviderData(
  message: ModelResponse,
  family: string,
  toCallPart: (call: ToolCallMessage) => Part,
): Part[] | undefined {
  if (!isOwn(message, family)) return undefined;
  const items = (message.providerData?.items ?? []) as readonly JsonObject[];
  let position = 0;
  return items.flatMap(({ part, call: index, length, ...rest }): Part[] => {
    if (rest['continuationToken'] !== undefined) return [];
    if (part !== undefined) return [part as Part];
    if (length !== undefined) {
      const text = message.content.slice(position, position + Number(length));
      position += Number(length);
      return [{ text, ...rest }];
    }
    const call = message.toolCalls[Number(index)];
    return call ? [withMore(toCallPart(call), rest)] : [];
  });
}

function withMore(
  part: Part,
  { functionCall, ...rest }: Readonly<Record<string, JsonValue | undefined>>,
): Part {
  return {
    ...part,
    ...(functionCall !== undefined && {
      functionCall: { ...part.functionCall, ...(functionCall as JsonObject) },
    }),
    ...rest,
  };
}
