/** Tools that return what was recorded, and the workers that have them: names are told apart within a worker only. */
import { isDeepStrictEqual } from 'node:util';
import { sha256Hex } from '../../../agent/digest';
import { text } from '../../../agent/messages';
import type { Tool, ToolDefinition, ToolResult } from '../../../agent/tool';
import type { ConversationScript } from './conversation-script';

/** A conversation that is about to be held. */
export interface Cast {
  readonly script: ConversationScript;
  /** Among all. */
  readonly index: number;
  readonly workflowId: string;
}

export interface Crew {
  readonly casts: readonly Cast[];
  readonly tools: readonly Tool[];
  /** Before the first call of `cast`, whose workflow's first run is `runId`. */
  giveResults(cast: Cast, runId: string): void;
}

/** As few workers as there are different tools of one name. */
export function toCrews(casts: readonly Cast[]): readonly Crew[] {
  const crews: { casts: Cast[]; tools: Map<string, ToolDefinition> }[] = [];
  for (const cast of casts) {
    const { tools } = cast.script.agent;
    const fits = (known: ReadonlyMap<string, ToolDefinition>) =>
      tools.every((it) => !known.has(it.name) || isDeepStrictEqual(known.get(it.name), it));
    const crew = crews.find(({ tools: known }) => fits(known)) ?? {
      casts: [],
      tools: new Map<string, ToolDefinition>(),
    };
    if (!crews.includes(crew)) crews.push(crew);
    crew.casts.push(cast);
    for (const tool of tools) crew.tools.set(tool.name, tool);
  }
  return crews.map(({ casts: own, tools }) => {
    const results = new Map<string, ToolResult>();
    return {
      casts: own,
      tools: [...tools.values()].map((tool) => toTool(tool, results)),
      giveResults(cast, runId) {
        for (const [key, result] of resultsOf(cast, runId)) results.set(key, result);
      },
    };
  });
}

/** By the key that every call of a conversation has: the tools of all conversations are the same ones. */
function resultsOf({ script, workflowId }: Cast, runId: string): [string, ToolResult][] {
  return [...script.results].map(([callId, { content, isError, structuredContent }]) => [
    sha256Hex(`${workflowId}/${runId}/${callId}`).slice(0, 32),
    { content, isError, ...(structuredContent && { structuredContent }) },
  ]);
}

function toTool(definition: ToolDefinition, results: ReadonlyMap<string, ToolResult>): Tool {
  return {
    ...definition,
    annotations: { readOnlyHint: true },
    async execute(_arguments, { idempotencyKey }) {
      const recorded = results.get(idempotencyKey);
      return Promise.resolve(
        recorded ?? { content: [text('Its result was not recorded.')], isError: true },
      );
    },
  };
}
