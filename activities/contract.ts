/** The activities as the workflow sees them: names, inputs, results, failure types. JSON only. */
import type { AgentDefinition, ReActAgent } from '../agent/agent';
import type { JsonObject, JsonValue } from '../agent/json';
import type { Message, ModelResponse } from '../agent/model';
import type { ResultLimits } from '../agent/size-limits';
import type { ToolResult } from '../agent/tool';

/**
 * A prompt, without the messages: all messages with seq < `length`, in the state that `digest` proves. `epoch`
 * counts how often earlier messages were rewritten.
 */
export interface Pointer {
  readonly epoch: number;
  readonly length: number;
  readonly digest: string;
  readonly agentHash: string;
}

export interface GetResponseInput {
  readonly pointer: Pointer;
  readonly turn: number;
  readonly step: number;
}

/** The messages that a summary is to stand for, as a pointer. */
export interface SummarizeInput {
  readonly pointer: Pointer;
  /** The turn at work, or the last one, and its step. */
  readonly turn: number;
  readonly step: number;
  /** More than this is too much for one request: long texts are then shown in part. @default everything is shown */
  readonly limitTokens?: number;
}

export interface ExecuteToolInput {
  readonly tool: string;
  readonly callId: string;
  readonly idempotencyKey: string;
  /** The transcript up to and including the response that asked. Absent when nothing is read from it. */
  readonly pointer?: Pointer;
  /** Absent above `inlineLimitBytes`: then they are read from the response at the pointer's end. */
  readonly arguments?: JsonObject;
  /** The tool's state. Above `inlineLimitBytes` it is `{ inTranscript: true }`. */
  readonly state?: { readonly value: JsonValue } | { readonly inTranscript: true };
  /** What of the result may be kept and shown. @default resultLimits() */
  readonly limits?: ResultLimits;
}

export interface ResolveAgentInput {
  readonly agent: string | AgentDefinition;
  /** Instead of the agent's own. Then it must be one that the worker knows. */
  readonly model?: string;
}

/** How activities are timed and retried. Chosen by the worker's environment, recorded with the pinned agent. */
export interface ExecutionSettings {
  /** One attempt of a model call. */
  readonly modelTimeoutMs: number;
  /** Silence of a worker after which its attempt counts as lost. */
  readonly heartbeatTimeoutMs: number;
  readonly maxAttempts: number;
  /** Before attempt 2, unless the provider names a delay; doubled each time, at most 30 s. */
  readonly firstRetryDelayMs: number;
}

/** An agent as a run is pinned to it. `hash` is the SHA-256 of the JSON of `agent`. */
export interface PinnedAgent {
  readonly agent: ReActAgent;
  readonly hash: string;
  readonly execution: ExecutionSettings;
  /** Tokens that the model takes, prompt and answer together. Absent when nobody knows. */
  readonly contextWindow?: number;
}

/** The activity types, as the Temporal UI shows them. */
export interface AgentActivities {
  getResponse(input: GetResponseInput): Promise<ModelResponse>;
  /** The response's `content` is the summary. */
  summarize(input: SummarizeInput): Promise<ModelResponse>;
  executeTool(input: ExecuteToolInput): Promise<ToolResult>;
  resolveAgent(input: ResolveAgentInput): Promise<PinnedAgent>;
}

/** JSON above this many bytes goes by pointer instead of into an activity's input. */
export const inlineLimitBytes = 1024;

/** One message on its way into the worker's transcript cache. */
export interface TranscriptEntry {
  readonly seq: number;
  readonly digestAfter: string;
  readonly message: Message;
}

/** The worker's end of the transcript. An append at `seq` forgets everything cached behind it. */
export type TranscriptSinks = {
  transcript: {
    append(epoch: number, entries: readonly TranscriptEntry[]): void;
    pin(pinned: PinnedAgent): void;
  };
};

/** `type` of the ApplicationFailures that activities throw. Model errors are `ModelError.<kind>`. */
export const FailureType = {
  unknownAgent: 'UnknownAgent',
  unknownTool: 'UnknownTool',
  invalidAgent: 'InvalidAgent',
  unknownModel: 'UnknownModel',
  transcriptUnavailable: 'TranscriptUnavailable',
  toolFailed: 'ToolFailed',
  tooDeep: 'TooDeep',
  answerTooLarge: 'AnswerTooLarge',
  agentTooLarge: 'AgentTooLarge',
  stateTooLarge: 'StateTooLarge',
  workerShutdown: 'WorkerShutdown',
  noSummary: 'NoSummary',
} as const;
