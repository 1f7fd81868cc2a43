/** The reasoning of an answer: shown while it comes, and kept as it came where the endpoint wants it back. */
import type { JsonObject, JsonValue } from '../../agent/json';
import type { ModelResponse, ProviderData } from '../../agent/model';
import type { ChatEndpoint } from './openai-chat-endpoints';
import { openAIFamily } from './openai-families';
import { isObject } from './request-json';

/** The reasoning fields of a message or of one delta, as the SDK's types do not know them. */
export interface ReasoningFields {
  readonly reasoning_content?: string | null;
  /** The same, as some endpoints name it. */
  readonly reasoning?: string | null;
  readonly reasoning_details?: readonly JsonObject[] | null;
}

/** What of a message or delta can be shown as its reasoning: as a text, or in details that hold one. */
export function thinkingOf(fields: ReasoningFields): string {
  if (fields.reasoning_content) return fields.reasoning_content;
  if (fields.reasoning) return fields.reasoning;
  const details = fields.reasoning_details ?? [];
  return details.map(({ text, summary }) => textOf(text) || textOf(summary)).join('');
}

/** `details` with those of a delta: what continues the last one is joined with it. */
export function withDetails(
  details: readonly JsonObject[],
  added: readonly JsonObject[],
): readonly JsonObject[] {
  return added.reduce<readonly JsonObject[]>((all, next) => {
    const last = all.at(-1);
    const continues =
      last !== undefined &&
      next['type'] === last['type'] &&
      (next['index'] ?? 0) === (last['index'] ?? 0) &&
      next['type'] !== 'reasoning.encrypted';
    return continues ? [...all.slice(0, -1), joined(last, next)] : [...all, next];
  }, details);
}

/** Texts grow; of everything else, what is said last holds. */
function joined(last: JsonObject, next: JsonObject): JsonObject {
  const result: Record<string, JsonValue | undefined> = { ...last };
  for (const [key, value] of Object.entries(next)) {
    if (key === 'text' || key === 'summary') result[key] = textOf(last[key]) + textOf(value);
    else if (value !== null && value !== '') result[key] = value;
  }
  return result;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** What is kept of a finished answer, or `undefined` where the endpoint wants nothing back. */
export function toKeptReasoning(
  message: ReasoningFields,
  { endpoint, model }: { readonly endpoint: ChatEndpoint; readonly model: string },
): ProviderData | undefined {
  const { name, reasoningField } = endpoint;
  const reasoning = reasoningField && message[reasoningField];
  if (!reasoningField || !reasoning?.length) return undefined;
  return {
    provider: name,
    family: openAIFamily(model),
    items: [{ [reasoningField]: reasoning as JsonValue }],
  };
}

/** The fields to send with `message`; none where another endpoint or model must do without. */
export function fromKeptReasoning(
  { providerData }: ModelResponse,
  context: {
    readonly endpoint: ChatEndpoint;
    readonly model: string;
    readonly toCallId: (providerId: string) => string;
  },
): JsonObject {
  const { reasoningField, name } = context.endpoint;
  const isOwn =
    providerData?.provider === name && providerData.family === openAIFamily(context.model);
  const [item] = isOwn ? providerData.items : [];
  if (!reasoningField || !isObject(item)) return {};
  const kept = item[reasoningField];
  if (!Array.isArray(kept)) return { [reasoningField]: kept };
  // Some details belong to a call, and are found by its id.
  const details = (kept as readonly JsonObject[]).map((detail) =>
    typeof detail['id'] === 'string' ? { ...detail, id: context.toCallId(detail['id']) } : detail,
  );
  return { [reasoningField]: details };
}
