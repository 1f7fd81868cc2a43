/** The conversation that workers are killed in: ten steps, nine of them with a deposit. */
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import type { ReActAgent } from '../../agent/agent';
import type { Message, ModelResponse } from '../../agent/model';

export const steps = 10;
export const deposits = steps - 1;
export const question = 'Pay in the nine notes, one after the other, and tell me the balance.';

/** What a call takes at least, so that there is time to be killed in it. */
export const callMs = 300;

/** What the model is asked, byte for byte: `promptDigest` is the SHA-256 of it. */
export function promptBody(agent: ReActAgent, inputs: readonly Message[]): string {
  return JSON.stringify({ agent, inputs });
}

export function scriptedResponse(step: number): ModelResponse {
  if (step === steps) return textResponse('All nine notes are paid in. The balance is forty-five.');
  return toolCallResponse([{ name: 'deposit', arguments: { note: step } }], {
    content: `I pay in note number ${step} of the nine notes that I was given.`,
  });
}

/** Of all up to the step that the model is asked for next. */
export function summaryResponse(step: number): ModelResponse {
  return textResponse(
    `Up to note number ${step - 1} every note is paid in, the user wants all nine.`,
  );
}

export function receiptOf(note: number): string {
  return `Note ${note} is paid in.`;
}

/** Who asks, in headers: the body is compared between attempts. */
export const headers = {
  conversation: 'x-conversation',
  step: 'x-step',
  attempt: 'x-attempt',
  pid: 'x-pid',
  idempotencyKey: 'x-idempotency-key',
} as const;
