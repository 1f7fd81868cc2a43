/**
 * The errors of an agent, one child per fate. Told apart by `name`, not by `instanceof`: several copies of this
 * file may be loaded in one process.
 */
export class AgentError extends Error {
  override readonly name: string = 'AgentError';
}

/** The turn took as many steps as its agent allows and still asked for tools. */
export class StepLimitError extends AgentError {
  override readonly name = 'StepLimitError';
  constructor(readonly maxSteps: number) {
    super(
      `The turn was stopped after ${maxSteps} steps, the limit of this agent (\`limits.maxSteps\`).`,
    );
  }
}

/** The model's answer was not as its agent's `output` says, twice in a turn or at the limit of a budget. */
export class OutputError extends AgentError {
  override readonly name = 'OutputError';
  constructor(readonly problem: string) {
    super(`The model did not give the answer that its agent asks for (\`output\`): ${problem}`);
  }
}

/** A budget was spent before the turn could begin, the model would not conclude, or it has no price. */
export class BudgetError extends AgentError {
  override readonly name = 'BudgetError';

  /** `limit`: such as `20 tool calls of this turn`. */
  static spent(limit: string): BudgetError {
    return new BudgetError(
      `The limit of ${limit} is reached (\`limits.budgets\` of this agent). Adopt an agent with a higher one, or start another conversation.`,
    );
  }

  static withoutPrice(model: string, limitUsd: number): BudgetError {
    return new BudgetError(
      `The limit of $${limitUsd} cannot be held: the price of \`${model}\` is not known. Give it one (\`prices\` of the worker), or take the limit away (\`limits.budgets\`).`,
    );
  }
}

/** The conversation had to give way to a summary before it could go on, and no summary could be had. */
export class CompactionError extends AgentError {
  override readonly name = 'CompactionError';
  /** `type` and `message` of what went wrong. */
  constructor(fault: { readonly type: string; readonly message: string }) {
    super(
      `The conversation is too long to go on as it is, and the summary of its older messages failed (${fault.type}): ${fault.message}`,
    );
  }
}

/** A tool says no. What it says is read by the model; it is not tried again. */
export class ToolError extends AgentError {
  override readonly name = 'ToolError';
}

/** Something was appended to Memory that would make it unsendable. A fault of the host, never of a user. */
export class MemoryError extends AgentError {
  override readonly name = 'MemoryError';
}

export type ModelErrorKind =
  | 'authentication'
  | 'permission'
  | 'not_found'
  | 'bad_request'
  | 'context_length'
  | 'rate_limit'
  | 'quota'
  | 'overloaded'
  | 'server'
  | 'timeout'
  | 'network'
  | 'incomplete'
  | 'configuration';

export interface ModelErrorFields {
  readonly provider: string;
  readonly kind: ModelErrorKind;
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  /** How long the provider asks us to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** A model call failed. Serialisable facts only: no headers, no keys, no request. */
export class ModelError extends AgentError {
  override readonly name = 'ModelError';
  readonly fields: ModelErrorFields;
  constructor(fields: ModelErrorFields, options?: { cause?: unknown }) {
    super(fields.message);
    this.fields = fields;
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}

export function isAgentError(error: unknown): error is AgentError {
  return agentErrorNames.has(nameOf(error));
}

export function isToolError(error: unknown): error is ToolError {
  return nameOf(error) === 'ToolError';
}

export function isModelError(error: unknown): error is ModelError {
  return nameOf(error) === 'ModelError' && 'fields' in (error as object);
}

/** Cancellation, as the platform (`AbortError`) and Temporal (`CancelledFailure`) name it. Never swallow it. */
export function isCancellation(error: unknown): boolean {
  return nameOf(error) === 'AbortError' || nameOf(error) === 'CancelledFailure';
}

function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return 'name' in error && typeof error.name === 'string' ? error.name : '';
}

const agentErrorNames: ReadonlySet<string> = new Set([
  'AgentError',
  'StepLimitError',
  'OutputError',
  'BudgetError',
  'CompactionError',
  'ToolError',
  'MemoryError',
  'ModelError',
]);
