/** Guards for decisions and for what is done to waiting messages. Total, as those of guards.ts. */
import { isTooDeep, nestingLimit } from '../agent/json';
import type { CancelQueuedInput, DecideInput, EditQueuedInput, InterruptInput } from './contract';
import { messageLimitBytes } from './contract';
import type { Parsed } from './guard-values';
import { asFields, bad, guard, isCount, isOptionalString, isText, ok, show } from './guard-values';
import { isTooLarge, messageIdOf, parseUserMessage } from './guards';

const idsLimit = 200;
/** Characters of an answer or a reason: the model reads it. */
const wordsLimit = 64 * 1024;

export const parseDecide = guard(toDecide);
export const parseCancelQueued = guard(toCancelQueued);
export const parseEditQueued = guard(toEditQueued);
export const parseInterrupt = guard(toInterrupt);

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
  return ok(fields as unknown as DecideInput);
}

function toInterrupt(value: unknown): Parsed<InterruptInput> {
  const fields = asFields(value ?? {});
  if (!fields) return bad(`Expected nothing or { turn? }, got ${show(value)}.`);
  const { turn } = fields;
  if (turn === undefined) return ok({});
  return isCount(turn) ? ok({ turn }) : bad('`turn` must be the number of a turn.');
}

function toCancelQueued(value: unknown): Parsed<CancelQueuedInput> {
  const messageIds = asFields(value)?.messageIds;
  const isList = Array.isArray(messageIds) && messageIds.every((id) => typeof id === 'string');
  if (!isList || messageIds.length === 0 || messageIds.length > idsLimit) {
    return bad(`\`messageIds\` must be a list of 1 to ${idsLimit} ids.`);
  }
  return ok({ messageIds });
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
  return message.ok ? ok({ messageId, message: message.value }) : message;
}
