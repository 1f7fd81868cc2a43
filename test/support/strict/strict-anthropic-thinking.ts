/** The Messages API's rules for `thinking` and for the blocks that come of it. */
import type { AnthropicView } from './strict-anthropic-view';
import { isBlockOf, isThinking, openTurns } from './strict-anthropic-view';
import type { Refusal } from './strict-errors';
import { anthropicRefusal, ifFound } from './strict-errors';
import { findIn, objectOf, textOf, unknownKey } from './strict-json';

type Finding = Refusal | undefined;

const documentation =
  'Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking';

const thinkingFields: Readonly<Record<string, ReadonlySet<string>>> = {
  enabled: new Set(['type', 'budget_tokens', 'display']),
  adaptive: new Set(['type', 'display']),
  disabled: new Set(['type']),
  between_tools: new Set(['type']),
};

export function thinkingIsWellFormed({ body, thinkingType }: AnthropicView): Finding {
  if (body['thinking'] === undefined) return undefined;
  const fields = thinkingFields[thinkingType];
  if (!fields) {
    return anthropicRefusal(
      `thinking: Input tag '${thinkingType}' found using 'type' does not match any of the expected tags: 'adaptive', 'between_tools', 'disabled', 'enabled'`,
    );
  }
  const key = unknownKey(objectOf(body['thinking']), fields);
  return ifFound(key, () =>
    anthropicRefusal(`thinking.${thinkingType}.${key}: Extra inputs are not permitted`),
  );
}

export function thinkingTypeFitsTheModel({ traits, thinkingType }: AnthropicView): Finding {
  if (!traits) return undefined;
  if (thinkingType === 'enabled' && !traits.hasManualThinking) {
    return anthropicRefusal(
      traits.hasAdaptiveThinking
        ? '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
        : 'thinking: This model does not support thinking.',
    );
  }
  return thinkingType === 'adaptive' && !traits.hasAdaptiveThinking
    ? anthropicRefusal('adaptive thinking is not supported on this model')
    : undefined;
}

export function thinkingBudgetIsLargeEnough({ body, thinkingType }: AnthropicView): Finding {
  const budget = objectOf(body['thinking'])['budget_tokens'];
  if (thinkingType !== 'enabled') return undefined;
  if (budget === undefined)
    return anthropicRefusal('thinking.enabled.budget_tokens: Field required');
  return typeof budget === 'number' && budget >= 1024
    ? undefined
    : anthropicRefusal(
        'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
      );
}

export function thinkingLeavesRoomForTheAnswer({ body, thinkingType }: AnthropicView): Finding {
  const budget = objectOf(body['thinking'])['budget_tokens'];
  return thinkingType === 'enabled' && Number(body['max_tokens']) <= Number(budget)
    ? anthropicRefusal(
        `\`max_tokens\` must be greater than \`thinking.budget_tokens\`. ${documentation}#max-tokens-and-context-window-size-with-extended-thinking`,
      )
    : undefined;
}

/** Adaptive thinking goes with a forced tool (recorded), manual thinking does not. */
export function manualThinkingForcesNoTool({ body, thinkingType }: AnthropicView): Finding {
  const choice = textOf(objectOf(body['tool_choice'])['type']);
  return thinkingType === 'enabled' && (choice === 'any' || choice === 'tool')
    ? anthropicRefusal('Thinking may not be enabled when tool_choice forces tool use.')
    : undefined;
}

/** A signature proves that the text is Claude's. Another model cannot read it, and an edited text does not match. */
export function thinkingIsAsIssued({ messages, model, options }: AnthropicView): Finding {
  const { issued } = options;
  const latest = messages.findLastIndex(({ role }) => role === 'assistant');
  return findIn(messages, ({ blocks, role }, index) =>
    findIn(blocks, (block, blockIndex) => {
      if (role !== 'assistant' || !isThinking(block)) return undefined;
      const path = `messages.${index}.content.${blockIndex}`;
      if (block['type'] === 'thinking' && textOf(block['signature']) === '') {
        return anthropicRefusal(`${path}: Invalid \`signature\` in \`thinking\` block`);
      }
      const fault = issued?.thinkingFault(model, block);
      if (fault === undefined) return undefined;
      if (fault === 'edited' && index === latest) {
        return anthropicRefusal(
          `${path}: \`thinking\` or \`redacted_thinking\` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.`,
        );
      }
      return anthropicRefusal(
        block['type'] === 'thinking'
          ? `${path}: Invalid \`signature\` in \`thinking\` block`
          : `${path}: Invalid \`data\` in \`redacted_thinking\` block`,
      );
    }),
  );
}

const isToolUse = isBlockOf('tool_use');

/**
 * With manual thinking, the open turn begins with thinking. With adaptive thinking the model may have done without; then
 * only what came with thinking has to be sent back with it.
 */
export function thinkingLeadsTheToolUse(view: AnthropicView): Finding {
  const { thinkingType, options, traits } = view;
  const isManual = thinkingType === 'enabled';
  const isOff =
    thinkingType === 'disabled' || (thinkingType === '' && !traits?.hasAdaptiveThinking);
  if (isOff) return undefined;
  const turns = openTurns(view);
  const suspects = isManual ? turns.slice(0, 1) : turns;
  return findIn(suspects, ({ blocks, index }) => {
    const first = blocks[0] ?? {};
    const uses = blocks.filter(isToolUse);
    if (uses.length === 0 || isThinking(first)) return undefined;
    const cameWithIt = uses.some((use) => options.issued?.cameWithThinking(textOf(use['id'])));
    if (!isManual && !cameWithIt) return undefined;
    return anthropicRefusal(
      `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${textOf(first['type'])}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. ${documentation}`,
    );
  });
}

/** Thinking cannot be switched off in the middle of a tool loop. */
export function thinkingStaysOnInAToolLoop(view: AnthropicView): Finding {
  const { thinkingType, traits } = view;
  const isOff =
    thinkingType === 'disabled' || (thinkingType === '' && !traits?.hasAdaptiveThinking);
  if (!isOff) return undefined;
  return findIn(openTurns(view), ({ blocks, index }) =>
    blocks.some(isThinking) && blocks.some(isToolUse)
      ? anthropicRefusal(
          `messages.${index}: When thinking is disabled, an \`assistant\` message in the final position cannot contain \`thinking\`. To use thinking blocks, enable \`thinking\` in your request.`,
        )
      : undefined,
  );
}
