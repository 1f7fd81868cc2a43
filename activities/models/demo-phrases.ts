/**
 * What `DemoModel` recognises and what it says to it. A message is first searched for things to ask of a tool
 * (`demo-requests.ts`); if there are none, the first of `phrases` that matches is its answer.
 */
import type { ReActAgent } from '../../agent/agent';
import { cut } from '../../agent/json';
import type { ToolCallMessage, ToolExecutionResultMessage } from '../../agent/messages';
import { contentToText } from '../../agent/messages';
import type { Message } from '../../agent/model';
import type { DemoToolCall } from './demo-requests';
import { toolCallsIn } from './demo-requests';

export interface DemoAnswer {
  readonly content: string;
  readonly toolCalls: readonly DemoToolCall[];
}

/** Answers everything that came after the model's last message: tool results first, then what users wrote. */
export function demoAnswer(agent: ReActAgent, inputs: readonly Message[]): DemoAnswer {
  const previous = inputs.findLastIndex((message) => message.role === 'assistant');
  const answers = inputs.slice(previous + 1).map((message): DemoAnswer => {
    switch (message.role) {
      case 'tool_response':
        return { content: resultSentence(message, callOf(message, inputs)), toolCalls: [] };
      case 'user':
        return answerTo(contentToText(message.content), agent);
      case 'assistant':
        return { content: '', toolCalls: [] };
    }
  });
  return {
    content: answers.map((answer) => answer.content).join('\n') || 'I have nothing to add.',
    toolCalls: answers.flatMap((answer) => answer.toolCalls),
  };
}

function answerTo(text: string, agent: ReActAgent): DemoAnswer {
  const wanted = toolCallsIn(text);
  if (wanted.length === 0) return { content: sayTo(text, agent), toolCalls: [] };
  const has = (name: string) => agent.tools.some((tool) => tool.name === name);
  const toolCalls = wanted.filter((call) => call.named || has(call.name));
  const missing = wanted.filter((call) => !toolCalls.includes(call));
  const sentences = [
    ...missing.map(({ name, purpose }) => `I have no \`${name}\` tool, so I cannot ${purpose}.`),
    ...(toolCalls.length > 0 ? [`Let me ask ${listOf(toolCalls)}.`] : []),
  ];
  return { content: sentences.join(' '), toolCalls };
}

function listOf(calls: readonly DemoToolCall[]): string {
  return [...new Set(calls.map((call) => `\`${call.name}\``))].join(' and ');
}

function callOf(
  result: ToolExecutionResultMessage,
  inputs: readonly Message[],
): ToolCallMessage | undefined {
  return inputs
    .flatMap((message) => (message.role === 'assistant' ? message.toolCalls : []))
    .findLast((call) => call.id === result.toolCallId);
}

function resultSentence(
  result: ToolExecutionResultMessage,
  call: ToolCallMessage | undefined,
): string {
  const text = contentToText(result.content);
  if (result.isError) return `The tool failed: ${text}`;
  if (result.toolName === 'ask_user') return `You said: ${text}`;
  const expression = call?.arguments['expression'];
  if (result.toolName === 'calculator' && typeof expression === 'string') {
    return `${expression} = ${text}.`;
  }
  if (result.toolName === 'clock') return `It is ${text}.`;
  return `\`${result.toolName}\` answered: ${text}`;
}

function sayTo(text: string, agent: ReActAgent): string {
  const phrase = phrases.find(({ pattern }) => pattern.test(text));
  return phrase
    ? phrase.answer(agent)
    : `You wrote: “${cut(text, 200)}”. ${whatIAm} ${whatICanDo(agent)}`;
}

const whatIAm =
  'I am a demonstration model, not an LLM: I know a few phrases and how to call this agent’s tools.';

function whatICanDo(agent: ReActAgent): string {
  const tools = agent.tools.map((tool) => `\`${tool.name}\``).join(', ') || 'none';
  return [
    'Try “what is 17 * 23?”, “what time is it in Tokyo?”, “wait 5 seconds”, “tell me a story”,',
    ...examplesOf(agent),
    `or \`call <tool> {"argument": "value"}\`, one call a line. My tools: ${tools}.`,
  ].join(' ');
}

/** What needs a tool that waits for a person. */
function examplesOf({ tools }: ReActAgent): readonly string[] {
  const examples = { transfer: '“send 100 $ to Ann”,', ask_user: '“ask me something”,' };
  return Object.entries(examples)
    .filter(([name]) => tools.some((tool) => tool.name === name))
    .map(([, example]) => example);
}

/** In order: the first that matches answers. */
const phrases: readonly {
  readonly pattern: RegExp;
  readonly answer: (agent: ReActAgent) => string;
}[] = [
  { pattern: /\bstory\b/i, answer: () => story },
  {
    pattern: /\b(?:who|what) are you\b|\byour name\b|\bare you (?:an? )?(?:llm|ai|real|human)\b/i,
    answer: (agent) => `I am ${agent.name}. ${whatIAm}`,
  },
  {
    pattern: /\bhelp\b|\bwhat can you do\b/i,
    answer: (agent) => `${whatIAm} ${whatICanDo(agent)}`,
  },
  { pattern: /\bthank(?:s| you)\b/i, answer: () => 'You are welcome.' },
  { pattern: /\b(?:good)?bye\b/i, answer: () => 'Goodbye. This conversation will keep.' },
  {
    pattern: /^\W*(?:hello|hi|hey|good (?:morning|afternoon|evening))\b/i,
    answer: (agent) => `Hello! I am ${agent.name}. ${whatIAm} Say “help” to see what I can do.`,
  },
];

const story = [
  'On a rock off the north coast stood a lighthouse with two keepers and one notebook.',
  'Before either of them touched anything, she wrote down what she was about to do, and afterwards what had come of it.',
  'She lit the lamp at dusk; she wound the clock at ten; she sounded the horn when the fog came in.',
  'One night, halfway up the stairs with the oil, she slipped, and the lantern went out.',
  'The second keeper woke in the dark, felt his way to the desk and read the last line by a match: “Carrying oil to the lamp.”',
  'No line said that she had arrived.',
  'So he did not wind the clock again, and he did not sound the horn twice.',
  'He took the oil from where it stood, climbed the remaining stairs and filled the lamp.',
  'Out at sea a captain saw the light blink once and come back, and kept his course.',
  'In the morning both keepers signed the page.',
].join(' ');
