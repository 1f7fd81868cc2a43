/**
 * How large what a conversation stores may be. The server takes 2 MiB a payload and 50 MB a run's history; what is above
 * a limit here is answered by name before it gets there. JSON bytes where nothing else is said.
 */
import type { AgentLimits } from './agent';

const KiB = 1024;
const MiB = 1024 * KiB;

/** A model's answer, whole. */
export const answerLimitBytes = MiB;
/** A structured one: it stands twice in what a client is told, as text and as a value. */
export const structuredAnswerLimitBytes = 768 * KiB;
/** The arguments of one tool call. */
export const argumentsLimitBytes = 256 * KiB;
/** An agent with the definitions of its tools: it is carried from run to run, beside the messages. */
export const agentLimitBytes = 512 * KiB;
/** Tool calls of one answer that are run. */
export const callsLimit = 128;
/** UTF-8 bytes of an error's message. */
export const errorLimitBytes = 4 * KiB;

/** What is kept and shown of one tool result. */
export interface ResultLimits {
  /** What history keeps of it. */
  readonly keptBytes: number;
  /** What the model is shown of its text, in UTF-8 bytes. */
  readonly textBytes: number;
  /** What the model is shown of its images, sounds and files, in characters of base64. */
  readonly mediaBytes: number;
}

export const defaultToolResultBytes = 64 * KiB;

/** Of `AgentLimits.toolResultBytes`: there must be room for the note, and for what stands beside the text. */
export const toolResultBytesRange = { least: KiB, most: 512 * KiB } as const;

/**
 * So many calls of one answer have full limits each; more share what these have. Their results come in one activation of
 * the workflow, which has five seconds: SDK code that is JavaScript decodes some 20 MB a second.
 */
const fullCalls = 8;

export function resultLimits(
  { toolResultBytes = defaultToolResultBytes }: Pick<AgentLimits, 'toolResultBytes'> = {},
  calls = 1,
): ResultLimits {
  const share = Math.min(1, fullCalls / Math.min(calls, callsLimit));
  return {
    keptBytes: Math.floor(MiB * share),
    textBytes: Math.max(toolResultBytesRange.least, Math.floor(toolResultBytes * share)),
    mediaBytes: Math.floor(768 * KiB * share),
  };
}

/** `resultLimits` where they are not those that everybody knows. */
export function unusualResultLimits(
  limits: Pick<AgentLimits, 'toolResultBytes'> | undefined,
  calls: number,
): ResultLimits | undefined {
  const [own, usual] = [resultLimits(limits, calls), resultLimits()];
  const isUsual = own.keptBytes === usual.keptBytes && own.textBytes === usual.textBytes;
  return isUsual ? undefined : own;
}
