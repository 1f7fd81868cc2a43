/** Which tool calls wait for a person's word. Data on agent and tool, judged by the host and never by the model. */
import { conditionProblem, matches } from './condition';
import type { JsonObject, JsonSchema } from './json';
import { ToolError } from './errors';
import type { Tool, ToolDefinition } from './tool';

/**
 * `always`, `never`; `by_annotations`: unless the tool is declared read-only or not destructive; `{ when }`: where the
 * arguments are as a JSON Schema says, such as `{ properties: { amount: { minimum: 100 } } }`.
 */
export type ApprovalPolicy = 'always' | 'never' | 'by_annotations' | { readonly when: JsonSchema };

/** What a tool itself says goes before what its agent says for all. */
export function needsApproval(
  tool: ToolDefinition,
  toolArguments: JsonObject,
  ofAgent: ApprovalPolicy = 'never',
): boolean {
  const policy = tool.approval ?? ofAgent;
  if (typeof policy === 'object') return matches(policy.when, toolArguments);
  switch (policy) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'by_annotations': {
      const { readOnlyHint, destructiveHint } = tool.annotations ?? {};
      return readOnlyHint !== true && destructiveHint !== false;
    }
  }
}

/** Asks a person. @returns whether the call may be executed. */
export type Approve = (call: {
  readonly tool: string;
  readonly arguments: JsonObject;
}) => boolean | Promise<boolean>;

/** For hosts in process: tools that ask first where a word is needed. With nobody to ask, that is a no. */
export function askingFirst(
  tools: readonly Tool[],
  ofAgent: ApprovalPolicy | undefined,
  approve: Approve = () => false,
): readonly Tool[] {
  return tools.map((tool) => ({
    ...tool,
    async execute(toolArguments, context) {
      const call = { tool: tool.name, arguments: toolArguments };
      if (!needsApproval(tool, toolArguments, ofAgent) || (await approve(call))) {
        return tool.execute(toolArguments, context);
      }
      throw new ToolError(
        `\`${tool.name}\` needs a person's word, and did not get it. It was not executed.`,
      );
    },
  }));
}

/** What of an `approval` cannot be followed. */
export function approvalProblem(policy: unknown): string | undefined {
  if (policy === 'always' || policy === 'never' || policy === 'by_annotations') return undefined;
  if (typeof policy === 'object' && policy !== null && Object.keys(policy).join() === 'when') {
    const problem = conditionProblem((policy as { readonly when: unknown }).when);
    return problem && `\`when\` ${problem}`;
  }
  return 'must be `always`, `never`, `by_annotations` or `{ when: JSON Schema }`.';
}
