/** What the loop asks of a tool, and the two formats that tools and their results are shown in. */
import type { ApprovalPolicy } from './approval';
import type { JsonObject, JsonSchema, JsonValue } from './json';
import type { ContentBlock, ToolExecutionResultMessage } from './messages';
import { contentToText } from './messages';

/** Hints as in MCP, and one of ours. They decide what happens when a worker dies while the tool runs. */
export interface ToolAnnotations {
  readonly title?: string;
  /** Changes nothing: run again freely. */
  readonly readOnlyHint?: boolean;
  /** Running it twice with the same arguments is the same as once: run again freely. */
  readonly idempotentHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly openWorldHint?: boolean;
  /** The tool passes `context.idempotencyKey` on to a service that does each key once: run again freely. */
  readonly keyed?: boolean;
}

/** A tool as data: what a model is told about it and what its execution is allowed. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly annotations?: ToolAnnotations;
  /** How long one attempt may take, in milliseconds. @default 120_000 */
  readonly timeoutMs?: number;
  /** Which of its calls wait for a person's word. @default what its agent says */
  readonly approval?: ApprovalPolicy;
  /** `user`: nothing is executed. The run waits until a person has answered, and that is the result. */
  readonly answeredBy?: 'user';
  /**
   * By the provider's name (`openai`, `anthropic` …): fields of this tool's entry in its request, such as `strict`,
   * passed as they stand. Objects are merged, `null` leaves out what would be sent.
   */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>;
}

export interface ToolContext {
  readonly callId: string;
  /** The same over all attempts, after continue-as-new and after a reset. Give it to the service that acts. */
  readonly idempotencyKey: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when the call is cancelled or its worker shuts down. */
  readonly signal?: AbortSignal | undefined;
  /** What this tool returned as `state` at its last call in this conversation. */
  readonly state?: JsonValue | undefined;
  /** UTF-8 bytes of its text that the model will be shown; of more, beginning and end. Absent in process: all are. */
  readonly shownBytes?: number;
  /** Finds the result of an earlier call of this conversation. Absent in process, where nobody keeps them. */
  readonly resultOf?: (callId: string) => Promise<KeptResult>;
}

/** The whole result of a call or, where there is none, the ids of the last calls that have one, the newest first. */
export type KeptResult =
  | { readonly result: ToolResult }
  | { readonly result?: undefined; readonly known: readonly string[] };

export interface ToolResult {
  readonly content: readonly ContentBlock[];
  /** The tool says no. The model reads `content` as the reason. @default false */
  readonly isError?: boolean;
  readonly structuredContent?: JsonObject;
  /** Handed to this tool's next call in the conversation. At most 16 KiB of JSON. */
  readonly state?: JsonValue;
}

/**
 * A tool that can be executed. Contract: `execute` validates its own arguments (`defineTool` does it), answers
 * a bad request with `isError`, and throws only when the world failed.
 */
export interface Tool extends ToolDefinition {
  execute(toolArguments: JsonObject, context: ToolContext): Promise<ToolResult>;
}

export const toolStateLimitBytes = 16 * 1024;

/** Whether a tool may run again after an attempt whose outcome is unknown. Undeclared means no. */
export function mayRunAgain(tool: ToolDefinition): boolean {
  const { readOnlyHint, idempotentHint, keyed } = tool.annotations ?? {};
  return readOnlyHint === true || idempotentHint === true || keyed === true;
}

/** The data of a tool, without its `execute`. */
export function toToolDefinition(tool: ToolDefinition): ToolDefinition {
  const { name, description, inputSchema, annotations, timeoutMs, providerOptions } = tool;
  const { approval, answeredBy } = tool;
  return {
    name,
    description,
    inputSchema,
    ...(annotations && { annotations }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(approval !== undefined && { approval }),
    ...(answeredBy && { answeredBy }),
    ...(providerOptions && { providerOptions }),
  };
}

export interface McpTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly annotations?: Omit<ToolAnnotations, 'keyed'>;
}
export interface McpToolResult {
  readonly content: readonly ContentBlock[];
  readonly isError: boolean;
  readonly structuredContent?: JsonObject;
}
export interface OpenAITool {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description: string;
    readonly parameters: JsonSchema;
  };
}
export interface OpenAIToolResult {
  readonly role: 'tool';
  readonly tool_call_id: string;
  readonly content: string;
}

/** A tool as in MCP's `tools/list`, or a result as in `tools/call`. */
export function toMcpFormat(tool: ToolDefinition): McpTool;
export function toMcpFormat(result: ToolExecutionResultMessage): McpToolResult;
export function toMcpFormat(
  value: ToolDefinition | ToolExecutionResultMessage,
): McpTool | McpToolResult {
  if ('role' in value) {
    const { content, isError, structuredContent } = value;
    return { content, isError, ...(structuredContent && { structuredContent }) };
  }
  const { keyed: _ours, ...annotations } = value.annotations ?? {};
  return {
    name: value.name,
    description: value.description,
    inputSchema: value.inputSchema,
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** A tool nested under `function`, or a result as a `tool` message, as Chat Completions has them. */
export function toOpenAIFormat(tool: ToolDefinition): OpenAITool;
export function toOpenAIFormat(result: ToolExecutionResultMessage): OpenAIToolResult;
export function toOpenAIFormat(
  value: ToolDefinition | ToolExecutionResultMessage,
): OpenAITool | OpenAIToolResult {
  if ('role' in value) {
    return { role: 'tool', tool_call_id: value.toolCallId, content: toolResultText(value) };
  }
  const { name, description, inputSchema } = value;
  return { type: 'function', function: { name, description, parameters: inputSchema } };
}

/** A result as text for a provider that has no error flag and refuses empty results. */
export function toolResultText(result: ToolExecutionResultMessage): string {
  const content =
    contentToText(result.content) ||
    (result.structuredContent ? JSON.stringify(result.structuredContent) : '(no content)');
  return result.isError ? `Error: ${content}` : content;
}
