/** What is measured, the same for Holdfast and for the bare loop: 2 KB of instructions, a tool that returns 2 KB. */
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../activities/models/scripted-model';
import { defineTool } from '../activities/tools/define-tool';
import type { ExecutableAgent, ReActAgent } from '../agent/agent';
import { defineAgent } from '../agent/define-agent';
import { sha256Hex } from '../agent/digest';
import { text } from '../agent/messages';
import type { Message, ModelResponse, StreamEvent } from '../agent/model';
import { ModelBase, complete } from '../agent/model';
import type { ToolResult } from '../agent/tool';

export const question = 'Read the whole register and tell me what stands in it.';
const instructions = filled('You read registers, one entry at a time, and report. ', 2_048);
const entryText = filled('An entry of the register, word for word. ', 2_048);
const answer = filled('The register holds what follows. ', 800);

/** The response of step `step`, and of its every attempt. The last of `steps` is the final answer. */
export function responseOf(step: number, steps: number): ModelResponse {
  // As long as a real one; a digest of the real prompt would be the model's own work, which is not measured.
  const promptDigest = sha256Hex(`prompt of step ${step}`);
  const usage = { inputTokens: 1_000 + step, outputTokens: 20 };
  return step < steps
    ? toolCallResponse([{ name: 'read_entry', arguments: { entry: step } }], {
        promptDigest,
        usage,
      })
    : textResponse(answer, { promptDigest, usage });
}

export function toolResultOf(entry: number): ToolResult {
  return { content: [text(`${entry}: ${entryText}`)] };
}

/** Answers at once, by the number of answers that the prompt holds. It keeps nothing and copies nothing. */
export class InstantModel extends ModelBase {
  async *streamResponse(
    { limits }: ReActAgent,
    inputs: readonly Message[],
  ): AsyncGenerator<StreamEvent> {
    // A turn of n steps is 1 user message and, for each step but the last, a response and a result.
    const step = (inputs.length + 1) / 2;
    yield complete(responseOf(step, limits?.maxSteps ?? 1));
  }
}

const readEntry = defineTool({
  name: 'read_entry',
  description: 'Reads one entry of the register.',
  input: z.object({ entry: z.number().describe('The number of the entry.') }),
  annotations: { readOnlyHint: true },
  execute: ({ entry }) => toolResultOf(entry),
});

/** Agents by their number of steps: `clerk-100` ends its turn at step 100. */
export function clerkName(steps: number): string {
  return `clerk-${steps}`;
}

export function clerk(steps: number): ExecutableAgent {
  return defineAgent({
    name: clerkName(steps),
    model: 'instant',
    instructions,
    tools: [readEntry],
    limits: { maxSteps: steps },
  });
}

function filled(phrase: string, length: number): string {
  return phrase.repeat(Math.ceil(length / phrase.length)).slice(0, length);
}
