import { z } from 'zod';
import { defineTool } from './define-tool';

/** For demonstrations: moves no money, and is not called before a person has allowed it. */
export const transferTool = defineTool({
  name: 'transfer',
  description: 'Sends US dollars to somebody. For demonstrations: no money moves.',
  input: z.object({
    amount: z.number().positive().describe('US dollars.'),
    to: z.string().min(1).describe('Who gets them.'),
  }),
  annotations: { title: 'Transfer', keyed: true, openWorldHint: false },
  approval: 'always',
  execute: ({ amount, to }) => `sent ${amount} $ to ${to} (a demonstration: no money has moved)`,
});
