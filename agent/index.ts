/** The public entry `holdfast/agent`: what an agent is, and the loop in process. */
export {
  type AgentDefinition,
  type AgentLimits,
  type ExecutableAgent,
  type ModelSettings,
  type ReActAgent,
} from './agent';
export type { ApprovalPolicy, Approve } from './approval';
export type { Budget, Budgets } from './budget';
export { type AgentOptions, defineAgent } from './define-agent';
export {
  type AgentMessage,
  type AgentResponseMessage,
  type TurnError,
  type UserAgentMessage,
  toModelClientMessage,
} from './agent-messages';
export { AgentRunner } from './agent-runner';
export {
  type RunEvent,
  type RunHooks,
  type RunOptions,
  type RunPosition,
  type RunResult,
  withHooks,
} from './run-events';
export {
  AgentError,
  BudgetError,
  CompactionError,
  MemoryError,
  ModelError,
  OutputError,
  StepLimitError,
  ToolError,
} from './errors';
export type { JsonObject, JsonSchema, JsonValue } from './json';
export { Memory, type MemorySnapshot } from './memory';
export {
  type AssistantMessage,
  type AudioContent,
  type ContentBlock,
  type EmbeddedResource,
  type ImageContent,
  type ResourceLink,
  type SystemMessage,
  type TextContent,
  type ToolCallMessage,
  type ToolExecutionResultMessage,
  type UserMessage,
  assistantMessage,
  contentToText,
  systemMessage,
  text,
  toolErrorResponse,
  toolResponse,
  userMessage,
} from './messages';
export {
  type FinishReason,
  type Message,
  ModelBase,
  type ModelCallOptions,
  type ModelRequest,
  type ModelIdentity,
  type ModelResponse,
  type ProviderData,
  type StreamEvent,
  complete,
  partial,
  partialThinking,
} from './model';
export type { SchemaSource } from './define-agent';
export type { ProviderTool } from './provider-tools';
export {
  type Tool,
  type ToolAnnotations,
  type ToolContext,
  type ToolDefinition,
  type ToolResult,
  toMcpFormat,
  toOpenAIFormat,
} from './tool';
export type { FailedAttempts, Spending, Usage } from './usage';
