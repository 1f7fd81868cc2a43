/** The update `adopt`: the conversation goes on with another agent or model, or with its own as the worker has it now. */
import { condition } from '@temporalio/workflow';
import type { ResolveAgentInput } from '../activities/contract';
import type { AdoptInput, Adopted } from './contract';
import type { Conversation } from './conversation';
import { RejectionType } from './contract';
import { parseAdopt } from './guards';
import type { Listing } from './listing';
import type { Rejection } from './message-door';
import { pinAgent } from './pin-agent';
import { valueOf } from './total';
import type { Transcript } from './transcript';

/** Why a raw request to adopt cannot be taken. */
export function adoptRejection(conversation: Conversation, raw: unknown): Rejection | undefined {
  if (conversation.isClosing) {
    return { type: RejectionType.closed, message: 'The conversation is closed.' };
  }
  const parsed = parseAdopt(raw);
  return parsed.ok ? undefined : { type: RejectionType.malformed, message: parsed.reason };
}

interface AdoptionParts {
  readonly conversation: Conversation;
  readonly transcript: Transcript;
  readonly listing: Listing;
  /** What the conversation was started with. */
  readonly firstAgent: ResolveAgentInput['agent'];
}

/** @throws ApplicationFailure for an agent or model that the worker does not know; the old one then stays. */
export async function adopt(
  { conversation, transcript, listing, firstAgent }: AdoptionParts,
  raw: unknown,
): Promise<Adopted> {
  const wanted = valueOf(parseAdopt(raw));
  const from = toResolve(conversation.adopted ?? { agent: firstAgent }, wanted);
  await condition(() => conversation.pinned !== undefined);
  const pinned = await pinAgent(from, 'adopt an agent');
  conversation.adopt(pinned, from);
  transcript.pin(pinned);
  listing.update();
  const { name, model } = pinned.agent;
  return { agent: { name, model, hash: pinned.hash } };
}

function toResolve(current: ResolveAgentInput, { agent, model }: AdoptInput): ResolveAgentInput {
  const wanted = agent === undefined ? current : { agent };
  return model === undefined ? wanted : { ...wanted, model };
}
