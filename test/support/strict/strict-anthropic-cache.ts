/** The Messages API's rules for `cache_control`. */
import type { AnthropicView } from './strict-anthropic-view';
import type { Refusal } from './strict-errors';
import { anthropicRefusal } from './strict-errors';
import type { Json } from './strict-json';
import { findIn, isObject, textOf } from './strict-json';

type Finding = Refusal | undefined;

interface Breakpoint {
  readonly path: string;
  readonly control: Json;
}

/** In the order in which the prompt is cached: tools, system prompt, messages; last what is set at the top. */
function breakpoints({ tools, placedBlocks, body }: AnthropicView): readonly Breakpoint[] {
  const all = [
    ...tools.map((tool, index) => ({
      path: `tools.${index}.cache_control`,
      control: tool['cache_control'],
    })),
    ...placedBlocks.map(({ path, block }) => ({
      path: `${path}.cache_control`,
      control: block['cache_control'],
    })),
    { path: 'cache_control', control: body['cache_control'] },
  ];
  return all.filter(({ control }) => control !== undefined && control !== null);
}

export function cacheControlIsWellFormed(view: AnthropicView): Finding {
  return findIn(breakpoints(view), ({ path, control }) => {
    if (!isObject(control) || control['type'] !== 'ephemeral') {
      return anthropicRefusal(`${path}.type: Input should be 'ephemeral'`);
    }
    return [undefined, null, '5m', '1h'].includes(control['ttl'] as string)
      ? undefined
      : anthropicRefusal(`${path}.ephemeral.ttl: Input should be '5m' or '1h'`);
  });
}

export function cacheBreakpointsAreFewEnough(view: AnthropicView): Finding {
  const count = breakpoints(view).length;
  return count > 4
    ? anthropicRefusal(`A maximum of 4 blocks with cache_control may be provided. Found ${count}.`)
    : undefined;
}

export function longCachesComeFirst(view: AnthropicView): Finding {
  const all = breakpoints(view).filter(({ path }) => path !== 'cache_control');
  const isLong = ({ control }: Breakpoint): boolean => isObject(control) && control['ttl'] === '1h';
  const firstShort = all.findIndex((breakpoint) => !isLong(breakpoint));
  const late = firstShort < 0 ? undefined : all.slice(firstShort).find(isLong);
  return (
    late &&
    anthropicRefusal(
      `${late.path}.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`,
    )
  );
}

export function cachedTextsAreNotEmpty({ placedBlocks }: AnthropicView): Finding {
  return findIn(placedBlocks, ({ block, type, path }) =>
    type === 'text' && isObject(block['cache_control']) && textOf(block['text']) === ''
      ? anthropicRefusal(`${path}.text: cache_control cannot be set for empty text blocks`)
      : undefined,
  );
}
