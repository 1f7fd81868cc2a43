import { z } from 'zod';
import { ToolError } from '../../agent/errors';
import { cut } from '../../agent/json';
import { readResultName, wholeText } from '../../agent/shorten-result';
import { resultLimits } from '../../agent/size-limits';
import { headLength, utf8Bytes } from '../../agent/text-ends';
import type { ToolContext } from '../../agent/tool';
import { defineTool } from './define-tool';

/** Characters before what was searched for, so that its surroundings are seen. */
const beforeFound = 200;
/** UTF-8 bytes of what is said about a piece. */
const headingBytes = 600;
const searchLimit = 200;

/** Reads the parts of an earlier tool result that the model was not shown. An agent has it if it names it. */
export const readResult = defineTool({
  name: readResultName,
  description:
    'Reads an earlier tool result of this conversation, of which only the beginning and the end were shown: ' +
    'a piece from a character on, or the surroundings of the next place where a text occurs.',
  input: z.object({
    callId: z.string().min(1).describe('The id that the note in the result names, like "t1s2c0".'),
    from: z.number().int().min(0).optional().describe('The first character wanted. 0 if left out.'),
    length: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('Characters wanted. As many as can be shown if left out.'),
    search: z
      .string()
      .min(1)
      .max(searchLimit)
      .optional()
      .describe('Reads where this text, exactly so, occurs next at or after `from`.'),
  }),
  annotations: { title: 'Read a result', readOnlyHint: true, openWorldHint: false },
  async execute({ callId, from = 0, length, search }, context) {
    const whole = await textOf(callId, context);
    const found = search === undefined ? from : whole.indexOf(search, from);
    const sought = `\`${cut(search ?? '', 40)}\``;
    if (found < 0)
      return `${sought} is not there at or after character ${from} of ${whole.length}.`;
    if (found >= whole.length) {
      throw new ToolError(`The result of \`${callId}\` has ${whole.length} characters only.`);
    }
    const start = search === undefined ? from : Math.max(from, found - beforeFound);
    const end = start + shownLength(whole.slice(start, start + (length ?? whole.length)), context);
    const next = search === undefined ? -1 : whole.indexOf(search, found + 1);
    return [
      `[Characters ${start} to ${end - 1} of ${whole.length} of the result of \`${callId}\`.`,
      ...(search === undefined ? [] : [` ${sought} is at ${found}; ${nextPlace(next)}.`]),
      end < whole.length ? ` It goes on from ${end}.]` : ' This is its end.]',
      `\n${whole.slice(start, end).toWellFormed()}`,
    ].join('');
  },
});

function nextPlace(next: number): string {
  return next < 0 ? 'it does not occur again' : `it occurs next at ${next}`;
}

/** @throws ToolError with what there is instead. */
async function textOf(callId: string, { resultOf }: ToolContext): Promise<string> {
  if (!resultOf) {
    throw new ToolError('This run keeps no results: only durable conversations have a history.');
  }
  const { result, ...others } = await resultOf(callId);
  if (result) return wholeText(result);
  const known = 'known' in others && others.known.length > 0 ? others.known.join(', ') : 'none';
  throw new ToolError(
    `There is no result of a call \`${cut(callId, 60)}\`. The last ones: ${known}.`,
  );
}

/** As much as is shown of this tool's own result. */
function shownLength(
  piece: string,
  { shownBytes = resultLimits().textBytes }: ToolContext,
): number {
  const limitBytes = Math.max(1, shownBytes - headingBytes);
  if (utf8Bytes(piece) <= limitBytes) return piece.length;
  return Math.max(1, headLength(piece, limitBytes));
}
