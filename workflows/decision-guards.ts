/** Guards for decisions and for what is done to waiting messages. Total, as those of guards.ts. */
import { isTooDeep, nestingLimit } from '../agent/json';
import type { CancelQueuedInput, DecideInput, EditQueuedInput } from './contract';
import { messageLimitBytes } from './contract';
import { type Parsed, isTooLarge, messageIdOf, parseUserMessage } from './guards';
import { asFields, attempt, isOptionalString, isText, show } from './guard-values';

const idsLimit = 200;
/** Characters of an answer or a reason: the model reads it. */
const wordsLimit = 64 * 1024;

export const parseDecide = total(toDecide);
export const parseCancelQueued = total(toCancelQueued);
export const parseEditQueued = total(toEditQueued);

function toDecide(value: unknown): Parsed<DecideInput> {
  const fields = asFields(value);
  if (!fields) return bad(`Expected { callId, approved, … }, got ${show(value)}.`);
  const { callId, approved, argumentsHash, reason, answer, remember } = fields;
  if (!isText(callId)) return bad('`callId` must be the id of what waits.');
  if (typeof approved !== 'boolean') return bad('`approved` must be true or false.');
  if (![argumentsHash, reason, answer].every(isOptionalString)) {
    return bad('`argumentsHash`, `reason` and `answer` must be text.');
  }
  if ([reason, answer].some((words) => typeof words === 'string' && words.length > wordsLimit)) {
    return bad(`\`reason\` and \`answer\` have at most ${wordsLimit} characters.`);
  }
  if (remember !== undefined && typeof remember !== 'boolean') {
    return bad('`remember` must be true or false.');
  }
  return { ok: true, value: fields as unknown as DecideInput };
}

function toCancelQueued(value: unknown): Parsed<CancelQueuedInput> {
  const messageIds = asFields(value)?.messageIds;
  const isList = Array.isArray(messageIds) && messageIds.every((id) => typeof id === 'string');
  if (!isList || messageIds.length === 0 || messageIds.length > idsLimit) {
    return bad(`\`messageIds\` must be a list of 1 to ${idsLimit} ids.`);
  }
  return { ok: true, value: { messageIds } };
}

function toEditQueued(value: unknown): Parsed<EditQueuedInput> {
  const messageId = messageIdOf(value);
  if (messageId === undefined) return bad('`messageId` must be the id of a message.');
  // What is too deep is not measured.
  if (isTooDeep(value)) return bad(`It is nested more than ${nestingLimit} levels deep.`);
  if (isTooLarge(value)) {
    return bad(`The message is larger than ${messageLimitBytes} bytes of JSON.`);
  }
  const message = parseUserMessage(asFields(value)?.message);
  return message.ok ? { ok: true, value: { messageId, message: message.value } } : message;
}

function total<T>(parse: (value: unknown) => Parsed<T>): (value: unknown) => Parsed<T> {
  return (value) => attempt(() => parse(value), bad('It cannot be read as JSON.'));
}

function bad(reason: string): Parsed<never> {
  return { ok: false, reason };
}
