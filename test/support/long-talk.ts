/** Transcripts of any shape, as a conversation may hold them: for tests of where one may be cut. */
import fc from 'fast-check';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { text, toolResponse, userMessage } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';

interface StepShape {
  readonly calls: number;
  readonly bytes: number;
  readonly inputTokens: number;
  readonly kind: 'plain' | 'repaired' | 'paused';
}
interface TurnShape {
  readonly bytes: number;
  readonly steps: readonly StepShape[];
}

/** One turn: its question, steps that call tools, are sent back or pause, and, if it is over, the answer. */
function turnOf({ bytes, steps }: TurnShape, turn: number, isOver: boolean): readonly Message[] {
  const said = (what: string, size: number) => `${what} ${turn}. `.padEnd(size, 'x');
  const messages: Message[] = [userMessage(said('Question', bytes))];
  steps.forEach(({ calls, bytes: size, inputTokens, kind }, index) => {
    const usage = { inputTokens, outputTokens: inputTokens && 10 };
    if (kind === 'paused') messages.push(textResponse('…', { finishReason: 'pause', usage }));
    if (kind === 'repaired') {
      messages.push(textResponse(said('Bad', size), { outputProblem: 'no', usage }));
      messages.push({ role: 'user', content: 'Again.', isRepair: true });
    }
    const ids = Array.from({ length: calls }, (_, call) => `t${turn}s${index}c${call}`);
    const response = toolCallResponse(
      ids.map((id) => ({ name: 'look', id })),
      { usage, ...(calls === 0 && { finishReason: 'length' }) },
    );
    messages.push(response);
    for (const call of response.toolCalls) {
      messages.push(toolResponse(call, { content: [text(said('Result', size))] }));
    }
  });
  return isOver ? [...messages, textResponse(said('Answer', bytes))] : messages;
}

const stepShape = fc.record({
  calls: fc.nat({ max: 3 }),
  bytes: fc.integer({ min: 1, max: 4_000 }),
  inputTokens: fc.constantFrom(0, 0, 500, 5_000),
  kind: fc.constantFrom('plain' as const, 'plain' as const, 'repaired' as const, 'paused' as const),
});
const turnShape = fc.record({
  bytes: fc.integer({ min: 1, max: 3_000 }),
  steps: fc.array(stepShape, { maxLength: 6 }),
});

export interface Talk {
  readonly messages: readonly Message[];
  /** Index of the first message of the turn at work; the number of messages when there is none. */
  readonly keepFrom: number;
}

/** A talk whose last turn may be at work. */
export const anyTalk: fc.Arbitrary<Talk> = fc
  .record({
    turns: fc.array(turnShape, { minLength: 1, maxLength: 8 }),
    isRunning: fc.boolean(),
  })
  .map(({ turns, isRunning }) => {
    const all = turns.map((turn, index) =>
      turnOf(turn, index + 1, !isRunning || index < turns.length - 1),
    );
    const messages = all.flat();
    return { messages, keepFrom: messages.length - (isRunning ? all.at(-1)!.length : 0) };
  });

/** A turn of many steps, each of which reads `resultBytes`. */
export function longTurn(steps: number, resultBytes: number): readonly Message[] {
  const shape: StepShape = { calls: 1, bytes: resultBytes, inputTokens: 0, kind: 'plain' };
  return turnOf({ bytes: 100, steps: Array<StepShape>(steps).fill(shape) }, 1, false);
}

export function isAnswer(message: Message | undefined): message is ModelResponse {
  return message?.role === 'assistant';
}
