/** A conversation that was held again against its recording, as the independent readers read it. */
import type { AgentResponseMessage } from '../../../agent/agent-messages';
import { contentToText } from '../../../agent/messages';
import type { Message } from '../../../agent/model';
import { differences } from '../compare-recordings';
import { neutralRequestOf } from '../fidelity/request-fidelity';
import type { ConversationScript } from './conversation-script';
import type { RecordedStep } from './recorded-chain';

export interface HeldFacts {
  /** What each turn ended with. */
  readonly answers: readonly AgentResponseMessage[];
  readonly messages: readonly Message[];
  /** What was sent to the provider, in order. */
  readonly bodies: readonly Buffer[];
  /** How often the provider was asked for more than was recorded. */
  readonly beyond: number;
}

/** @returns what differs, a line each */
export function differencesOf(script: ConversationScript, held: HeldFacts): readonly string[] {
  const steps = script.turns.flatMap((turn) => turn.steps);
  const responses = held.messages.filter((message) => message.role === 'assistant');
  const allowedBeyond = script.endsInCalls ? 1 : 0;
  return [
    ...(responses.length === steps.length
      ? []
      : [`${responses.length} answers instead of ${steps.length}`]),
    ...(held.bodies.length === steps.length
      ? []
      : [`${held.bodies.length} requests instead of ${steps.length}`]),
    ...(held.beyond === allowedBeyond ? [] : [`${held.beyond} requests beyond the recording`]),
    ...steps.flatMap((step, index) => {
      const response = responses[index];
      const found = response ? differences({ response }, step.answer) : [];
      const sent = held.bodies[index];
      const omitted = sent ? differingResults(step, sent) : [];
      return [...found, ...omitted].map((line) => `step ${index + 1}: ${line}`);
    }),
    ...script.turns.flatMap(({ steps: ofTurn }, index) => {
      const isOpen = script.endsInCalls && index === script.turns.length - 1;
      return isOpen ? [] : differingAnswer(ofTurn.at(-1), held.answers[index], index + 1);
    }),
  ];
}

function differingAnswer(
  step: RecordedStep | undefined,
  answer: AgentResponseMessage | undefined,
  turn: number,
): readonly string[] {
  const recorded = (step?.answer.text ?? '') + (step?.answer.refusal ?? '');
  if (answer?.error) return [`turn ${turn} failed: ${answer.error.message}`];
  const content = answer?.content ?? '';
  return withoutSpace(content) === withoutSpace(recorded)
    ? []
    : [
        `turn ${turn}: ${JSON.stringify(content.slice(0, 120))}, not ${JSON.stringify(recorded.slice(0, 120))}`,
      ];
}

/** The results that the request of `step` holds against those that the recorded one did, in their order. */
function differingResults({ exchange, request }: RecordedStep, sent: Buffer): readonly string[] {
  const body: unknown = JSON.parse(sent.toString('utf8'));
  const { url = '', method = 'POST', headers = {} } = exchange.request ?? {};
  const ours = neutralRequestOf({ ...exchange, request: { url, method, headers, body } });
  const [recorded, carried] = [resultsIn(request.messages), resultsIn(ours.messages)];
  return JSON.stringify(recorded) === JSON.stringify(carried)
    ? []
    : [
        `the request carries the results ${JSON.stringify(carried).slice(0, 200)}, not ${JSON.stringify(recorded).slice(0, 200)}`,
      ];
}

function resultsIn(messages: readonly Message[]): readonly unknown[] {
  return messages
    .filter((message) => message.role === 'tool_response')
    .map(({ toolName, content, structuredContent, isError }) => [
      toolName,
      contentToText(content),
      structuredContent ?? null,
      isError,
    ]);
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
