import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineTool } from './define-tool';

/** For demonstrations: takes its time, so that there is time to kill the worker. */
export const slowTool = defineTool({
  name: 'slow',
  description: 'Waits for some seconds and does nothing else. For demonstrations.',
  input: z.object({
    seconds: z.number().min(1).max(60).describe('How long to wait.'),
    label: z
      .string()
      .optional()
      .describe('What the wait is for. Shown to people, changes nothing.'),
  }),
  annotations: { title: 'Slow', readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  async execute({ seconds }, { signal }) {
    await delay(seconds * 1000, undefined, { signal });
    // The same for every attempt: nothing of the attempt may reach the model.
    return `waited ${seconds} second${seconds === 1 ? '' : 's'}`;
  },
});
