/** A transcript as Markdown: to be read, and to be pasted into an issue. Pure. */
import type { ToolCallMessage, ToolExecutionResultMessage } from '../../agent/messages';
import type { ModelResponse, Usage } from '../../agent/model';
import { notesOn } from '../timeline/notes';
import type { TimelineWork } from '../timeline/types';
import { workerNamesIn } from '../timeline/worker-names';
import { formatCost, formatDuration, formatTokens } from '../timeline/words';
import { contentPieces } from './markdown-content';
import { costOf, headingOf, noticesOn } from './markdown-heading';
import { resultPieces } from './markdown-result';
import { code, fenced, inline, quote } from './markdown-text';
import type { Transcript, TranscriptCompaction, TranscriptMessage, TranscriptTurn } from './types';

export interface MarkdownOptions {
  /** What becomes of the texts of others; for a terminal, `toPrintable`. @default they stay as they are */
  readonly clean?: (text: string) => string;
}

export function transcriptToMarkdown(
  transcript: Transcript,
  options: MarkdownOptions = {},
): string {
  return new MarkdownWriter(options).write(transcript);
}

class MarkdownWriter {
  private readonly clean: (text: string) => string;
  private nameOf = (identity: string): string => identity;
  /** That of the answer before. */
  private model: string | undefined;

  constructor({ clean = (text) => text }: MarkdownOptions) {
    this.clean = clean;
  }

  write(transcript: Transcript): string {
    const { turns, messages, compactions, waiting } = transcript;
    this.nameOf = workerNamesIn([...messages, ...compactions].flatMap(({ work }) => work ?? []));
    const byTurn = groupByTurn(messages);
    const known = new Set(turns.map(({ turn }) => turn));
    const earlier = messages.filter(({ turn }) => !known.has(turn));
    const pieces = [
      `# Conversation ${code(transcript.id)}`,
      headingOf(transcript),
      ...noticesOn(transcript),
      ...compactions.filter(({ turn }) => turn === undefined).flatMap((it) => this.compaction(it)),
      ...(earlier.length > 0 ? ['## Earlier'] : []),
      ...earlier.flatMap((message) => this.message(message)),
      ...turns.flatMap((turn) => {
        const mine = compactions.filter((compaction) => compaction.turn === turn.turn);
        return this.turn(turn, byTurn.get(turn.turn) ?? [], mine);
      }),
      ...(waiting.length > 0 ? ['## Waiting'] : []),
      ...waiting.flatMap(({ messageId, message }) => [
        `### User · ${code(messageId)}`,
        ...contentPieces(message.content, this.quote),
      ]),
    ];
    return `${pieces.join('\n\n')}\n`;
  }

  private turn(
    turn: TranscriptTurn,
    messages: readonly TranscriptMessage[],
    compactions: readonly TranscriptCompaction[],
  ): readonly string[] {
    const { status, usage, costUsd, durationMs, error } = turn;
    const facts = [
      status,
      `${formatTokens(usage)} tokens`,
      costOf(costUsd),
      formatDuration(durationMs),
    ];
    return [
      `## Turn ${turn.turn} · ${facts.join(' · ')}`,
      ...(messages.length === 0 ? ['Its messages are gone, or cannot be read.'] : []),
      ...inOrder(messages, compactions).flatMap((entry) =>
        'summary' in entry ? this.compaction(entry) : this.message(entry),
      ),
      ...(error ? [`**The turn failed:** ${code(error.type)}`, this.quote(error.message)] : []),
    ];
  }

  private compaction(compaction: TranscriptCompaction): readonly string[] {
    const { untilSeq, keptSeqs, summary, step, usage, costUsd, work } = compaction;
    const facts = [
      `Compacted: messages 0–${untilSeq} → summary`,
      ...(keptSeqs.length > 0 ? [`but for ${keptSeqs.join(', ')}`] : []),
      ...(step === undefined ? [] : [`before step ${step}`]),
      ...spendingFacts(usage, costUsd),
      ...workFacts(work),
    ];
    return [
      `### ${facts.join(' · ')}`,
      ...this.notes(work),
      ...contentPieces(summary.content, this.quote),
    ];
  }

  private message(entry: TranscriptMessage): readonly string[] {
    const { message } = entry;
    switch (message.role) {
      case 'user': {
        const { step, acceptedAt } = entry;
        const title = titleOf(entry, [
          message.isRepair ? 'Repair' : 'User',
          ...(step === undefined ? [] : [`step ${step}`]),
          ...(acceptedAt === undefined ? [] : [acceptedAt]),
        ]);
        return [title, ...contentPieces(message.content, this.quote)];
      }
      case 'assistant':
        return this.answer(entry, message);
      case 'tool_response':
        return this.result(entry, message);
    }
  }

  private answer(entry: TranscriptMessage, message: ModelResponse): readonly string[] {
    const { step, usage, costUsd, work } = entry;
    const isOfAnother = message.model !== this.model;
    this.model = message.model;
    const isWhole = message.finishReason === 'stop' || message.finishReason === 'tool_calls';
    const title = titleOf(entry, [
      'Agent',
      ...(step === undefined ? [] : [`step ${step}`]),
      ...(isOfAnother ? [code(message.model)] : []),
      ...(isWhole ? [] : [message.finishReason]),
      ...spendingFacts(usage, costUsd),
      ...workFacts(work),
    ]);
    return [
      title,
      ...this.notes(work),
      ...contentPieces(message.content, this.quote),
      ...message.toolCalls.flatMap((call) => this.call(call)),
    ];
  }

  private call({
    id,
    name,
    arguments: given,
    malformedArguments,
  }: ToolCallMessage): readonly string[] {
    const asked = `Calls ${code(name)} · ${code(id)}`;
    return malformedArguments === undefined
      ? [asked, fenced(this.clean(JSON.stringify(given, undefined, 2)), 'json')]
      : [`${asked} · no JSON object`, fenced(this.clean(malformedArguments))];
  }

  private result(entry: TranscriptMessage, message: ToolExecutionResultMessage): readonly string[] {
    const { toolName, toolCallId, isError } = message;
    const title = titleOf(entry, [
      `Tool ${code(toolName)}`,
      code(toolCallId),
      ...(isError ? ['**error**'] : []),
      ...workFacts(entry.work),
    ]);
    const shown = resultPieces(message, entry.whole, this.clean);
    return [title, ...this.notes(entry.work), ...shown];
  }

  /** What became of the attempts, where there is more to tell than how many. */
  private notes(work: TimelineWork | undefined): readonly string[] {
    if (!work) return [];
    const notes = notesOn(work, { nameOf: this.nameOf, isFailureTold: false });
    return notes.map(({ pieces }) => `- ${inline(pieces.join(' · '))}`);
  }

  private readonly quote = (text: string): string => quote(this.clean(text));
}

function titleOf({ seq }: TranscriptMessage, facts: readonly string[]): string {
  return `### ${seq} · ${facts.join(' · ')}`;
}

/** What nobody knows is told of the whole turn, not of each message. */
function spendingFacts(
  usage: Usage | undefined,
  costUsd: number | null | undefined,
): readonly string[] {
  if (!usage) return [];
  const cost = typeof costUsd === 'number' ? [formatCost(costUsd)] : [];
  return [`${formatTokens(usage)} tokens`, ...cost];
}

function workFacts(work: TimelineWork | undefined): readonly string[] {
  if (!work) return [];
  const { status, durationMs, attempts } = work;
  if (status === 'not_run') return ['not run'];
  return [formatDuration(durationMs), ...(attempts > 1 ? [`${attempts} attempts`] : [])];
}

/** Each summary stands before the message that came next. */
function inOrder(
  messages: readonly TranscriptMessage[],
  compactions: readonly TranscriptCompaction[],
): readonly (TranscriptMessage | TranscriptCompaction)[] {
  const lastSeq = messages.at(-1)?.seq ?? -1;
  return [
    ...messages.flatMap((message, index) => {
      const afterSeq = messages[index - 1]?.seq ?? -1;
      const here = compactions.filter(
        ({ beforeSeq }) => beforeSeq <= message.seq && beforeSeq > afterSeq,
      );
      return [...here, message];
    }),
    ...compactions.filter(({ beforeSeq }) => beforeSeq > lastSeq),
  ];
}

function groupByTurn(
  messages: readonly TranscriptMessage[],
): ReadonlyMap<number, readonly TranscriptMessage[]> {
  const groups = new Map<number, TranscriptMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.turn);
    if (group) group.push(message);
    else groups.set(message.turn, [message]);
  }
  return groups;
}
