/** The Messages API's rules for the order of messages and for calls and results as pairs. */
import type { JsonObject } from '../../../agent/json';
import type { AnthropicMessage, AnthropicTurn, AnthropicView } from './strict-anthropic-view';
import { isBlockOf } from './strict-anthropic-view';
import type { Refusal } from './strict-errors';
import { anthropicRefusal, ifFound } from './strict-errors';
import { findIn, firstDuplicate, textOf } from './strict-json';

type Finding = Refusal | undefined;

export function conversationIsNotEmpty({ messages }: AnthropicView): Finding {
  return messages.length === 0
    ? anthropicRefusal('messages: at least one message is required')
    : undefined;
}

export function rolesAreKnown({ messages, traits }: AnthropicView): Finding {
  return findIn(messages, ({ role }, index) => {
    if (role === 'user' || role === 'assistant') return undefined;
    if (role !== 'system') {
      return anthropicRefusal(`messages.${index}.role: Input should be 'user' or 'assistant'`);
    }
    return traits?.hasSystemMessages
      ? undefined
      : anthropicRefusal(
          'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
        );
  });
}

export function contentIsTextOrBlocks({ messages }: AnthropicView): Finding {
  return findIn(messages, ({ content }, index) => {
    if (content === undefined) return anthropicRefusal(`messages.${index}.content: Field required`);
    return typeof content === 'string' || Array.isArray(content)
      ? undefined
      : anthropicRefusal(`messages.${index}.content: Input should be a valid list`);
  });
}

/** Recorded. */
export function contentIsNotEmpty({ messages }: AnthropicView): Finding {
  return findIn(messages, ({ content, role }, index) => {
    const isEmpty = content === '' || (Array.isArray(content) && content.length === 0);
    const isFinalAnswer = role === 'assistant' && index === messages.length - 1;
    return isEmpty && !isFinalAnswer
      ? anthropicRefusal(
          `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
        )
      : undefined;
  });
}

const isAnyServerToolUse = isBlockOf('server_tool_use', 'mcp_tool_use');
const isServerToolResult = ({ type }: { readonly type?: unknown }): boolean =>
  /_tool_result$/.test(String(type));

/** An answer that paused is sent back as it was, so that the model goes on with it: that is no prefill. */
function isPaused({ blocks }: AnthropicMessage): boolean {
  const last = blocks.at(-1) ?? {};
  return isAnyServerToolUse(last) || isServerToolResult(last);
}

export function prefillIsSupported({ messages, traits }: AnthropicView): Finding {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || traits?.hasPrefill !== false || isPaused(last)) {
    return undefined;
  }
  return anthropicRefusal(
    'This model does not support assistant message prefill. The conversation must end with a user message.',
  );
}

export function prefillDoesNotEndInBlanks({ messages }: AnthropicView): Finding {
  const last = messages.at(-1);
  const text = textOf(last?.blocks.at(-1)?.['text']);
  return last?.role === 'assistant' && /\s$/.test(text)
    ? anthropicRefusal('messages: final assistant content cannot end with trailing whitespace')
    : undefined;
}

const isToolUse = isBlockOf('tool_use');
const isToolResult = isBlockOf('tool_result');
const isServerToolUse = isBlockOf('server_tool_use');

type Turn = AnthropicTurn | undefined;

function usesOf(turn: Turn): readonly string[] {
  if (turn?.role !== 'assistant') return [];
  return turn.blocks.filter(isToolUse).map((block) => textOf(block['id']));
}

function resultsOf(blocks: readonly JsonObject[]): readonly string[] {
  return blocks.filter(isToolResult).map((block) => textOf(block['tool_use_id']));
}

/** Results that stand behind a text are not immediately after: the same refusal. */
function leadingResults(turn: Turn): readonly string[] {
  const blocks = turn?.role === 'user' ? turn.blocks : [];
  const end = blocks.findIndex((block) => !isToolResult(block));
  return resultsOf(end < 0 ? blocks : blocks.slice(0, end));
}

/** Every result of a turn stands in the very next message, before anything else. */
export function toolUsesHaveResults({ turns }: AnthropicView): Finding {
  return findIn(turns, (turn, index) => {
    const results = leadingResults(turns[index + 1]);
    const missing = usesOf(turn).filter((id) => !results.includes(id));
    if (missing.length === 0) return undefined;
    return anthropicRefusal(
      `messages.${turn.index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
  });
}

export function toolResultsHaveUses({ turns }: AnthropicView): Finding {
  return findIn(turns, ({ blocks, index }, turnIndex) => {
    const known = usesOf(turns[turnIndex - 1]);
    return findIn(blocks, (block, blockIndex) => {
      const id = textOf(block['tool_use_id']);
      if (!isToolResult(block) || known.includes(id)) return undefined;
      return anthropicRefusal(
        `messages.${index}.content.${blockIndex}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    });
  });
}

export function toolResultsAreSingle({ turns }: AnthropicView): Finding {
  return findIn(turns, ({ blocks, index }) =>
    ifFound(firstDuplicate(resultsOf(blocks)), (id) =>
      anthropicRefusal(
        `messages.${index}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
      ),
    ),
  );
}

/** Within a turn; recorded: another turn may use an id again. */
export function toolUseIdsAreUnique({ turns }: AnthropicView): Finding {
  return turns.some((turn) => firstDuplicate(usesOf(turn)) !== undefined)
    ? anthropicRefusal('messages: `tool_use` ids must be unique')
    : undefined;
}

/**
 * What Anthropic ran is sent back whole. Only the end of an answer that paused may lack its result, and (recorded) a
 * search that was still under way when the model also called a tool of ours.
 */
export function serverToolUsesHaveResults({ turns }: AnthropicView): Finding {
  return findIn(turns, ({ blocks, role, index }, turnIndex) => {
    const isLast = turnIndex === turns.length - 1;
    if (role !== 'assistant' || isLast || blocks.some(isToolUse)) return undefined;
    const answered = blocks.filter(isServerToolResult).map((block) => block['tool_use_id']);
    return findIn(blocks, (block) => {
      if (!isServerToolUse(block) || answered.includes(block['id'])) return undefined;
      const name = textOf(block['name']);
      return anthropicRefusal(
        `messages.${index}: \`${name}\` tool use with id \`${textOf(block['id'])}\` was found without a corresponding \`${name}_tool_result\` block`,
      );
    });
  });
}

/** The converse; seen in the wild for several kinds of server tools. */
export function serverToolResultsHaveUses({ turns }: AnthropicView): Finding {
  return findIn(turns, ({ blocks, role, index }) => {
    if (role !== 'assistant') return undefined;
    return findIn(blocks, (block, blockIndex) => {
      const id = textOf(block['tool_use_id']);
      if (!isServerToolResult(block)) return undefined;
      const before = blocks.slice(0, blockIndex).filter(isAnyServerToolUse);
      if (before.some((use) => use['id'] === id)) return undefined;
      const type = textOf(block['type']);
      return anthropicRefusal(
        `messages.${index}.content.${blockIndex}: unexpected \`tool_use_id\` found in \`${type}\` blocks: ${id}. Each \`${type}\` block must have a corresponding \`server_tool_use\` block before it.`,
      );
    });
  });
}
