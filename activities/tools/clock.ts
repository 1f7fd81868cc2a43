import { z } from 'zod';
import { ToolError } from '../../agent/errors';
import type { Tool } from '../../agent/tool';
import { defineTool } from './define-tool';

export interface ClockOptions {
  /** Where the time comes from. @default the system's clock */
  readonly now?: () => Date;
}

/** Makes a clock. Tests give it a `now` of their own. */
export function createClock({ now = () => new Date() }: ClockOptions = {}): Tool {
  return defineTool({
    name: 'clock',
    description: 'Tells the current date and time.',
    input: z.object({
      timeZone: z
        .string()
        .optional()
        .describe('An IANA time zone such as "Europe/Berlin". UTC when left out.'),
    }),
    annotations: { title: 'Clock', readOnlyHint: true, openWorldHint: false },
    execute: ({ timeZone = 'UTC' }) => formatterFor(timeZone).format(now()),
  });
}

/** The system's clock. */
export const clock = createClock();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone });
  } catch {
    throw new ToolError(
      `Unknown time zone \`${timeZone}\`. Use an IANA name such as UTC, Europe/Berlin or Asia/Tokyo.`,
    );
  }
}
