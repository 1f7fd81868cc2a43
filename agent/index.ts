/** The public entry `holdfast/agent`: what an agent is, and the loop in process. */
export {
  type AgentDefinition,
  type AgentLimits,
  type ExecutableAgent,
  type ModelSettings,
  type ReActAgent,
  defineAgent,
} from './agent';
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
export { AgentError, MemoryError, ModelError, StepLimitError, ToolError } from './errors';
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
  type ModelResponse,
  type ProviderData,
  type StreamEvent,
  type Usage,
  complete,
  partial,
} from './model';
export {
  type Tool,
  type ToolAnnotations,
  type ToolContext,
  type ToolDefinition,
  type ToolResult,
  toMcpFormat,
  toOpenAIFormat,
} from './tool';
