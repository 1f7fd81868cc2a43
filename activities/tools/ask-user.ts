import { z } from 'zod';
import { ToolError } from '../../agent/errors';
import type { Tool } from '../../agent/tool';
import { defineTool } from './define-tool';

/** Asks the person who talks to the agent. Nothing is executed: the conversation waits for the answer, days if need be. */
export const askUser: Tool = {
  ...defineTool({
    name: 'ask_user',
    description:
      'Asks the user one question and waits for the answer. Use it when you cannot go on without a fact or a choice that only the user can give.',
    input: z.object({
      question: z.string().min(1).describe('The question, in full: the user sees nothing else.'),
      options: z.array(z.string()).optional().describe('Answers to choose from, if there are any.'),
    }),
    annotations: { title: 'Ask the user', readOnlyHint: true, openWorldHint: false },
    execute: () => {
      throw new ToolError('Nobody can be asked here: no conversation is behind this run.');
    },
  }),
  answeredBy: 'user',
};
