/** The Messages API's rules for single content blocks: fields, texts, images, cache breakpoints. */
import type { JsonObject } from '../../../agent/json';
import type { AnthropicView, PlacedBlock } from './strict-anthropic-view';
import type { Refusal } from './strict-errors';
import { anthropicRefusal, ifFound } from './strict-errors';
import { findIn, isObject, listOf, objectOf, textOf, unknownKey } from './strict-json';
import { imageTypes, isBase64, sniffMediaType } from './strict-media';

type Finding = Refusal | undefined;

/** The fields of each block, those that it must have marked with `!`. Other known types pass unread. */
const blockFields: Readonly<Record<string, string>> = {
  text: 'text! cache_control citations',
  image: 'source! cache_control',
  document: 'source! title context citations cache_control',
  search_result: 'content! source! title! citations cache_control',
  thinking: 'thinking! signature!',
  redacted_thinking: 'data!',
  tool_use: 'id! name! input! cache_control caller toolset_name',
  tool_result: 'tool_use_id! content is_error cache_control toolset_name',
  server_tool_use: 'id! name! input! cache_control caller',
  web_search_tool_result: 'tool_use_id! content! cache_control caller',
  web_fetch_tool_result: 'tool_use_id! content! cache_control caller',
};
const unreadTypes =
  /_tool_result$|^(?:container_upload|tool_reference|browser_state|mcp_tool_use)$/;
const betaTypes = /^(?:compaction|tool_addition|tool_removal|fallback|advisor)/;

export function blockTypesAreKnown({ placedBlocks, messages, traits }: AnthropicView): Finding {
  const takesBetas = traits?.hasSystemMessages === true && messages.length > 0;
  return findIn(placedBlocks, ({ type, path, block }) => {
    if (block['type'] === undefined) {
      return anthropicRefusal(`${path}: Unable to extract tag using discriminator 'type'`);
    }
    if (blockFields[type] !== undefined || unreadTypes.test(type)) return undefined;
    if (takesBetas && betaTypes.test(type)) return undefined;
    const expected = Object.keys(blockFields).map((name) => `'${name}'`);
    return anthropicRefusal(
      `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${expected.join(', ')}`,
    );
  });
}

export function blockFieldsAreKnown({ placedBlocks }: AnthropicView): Finding {
  return findIn(placedBlocks, ({ block, type, path }) => {
    const fields = blockFields[type]?.split(' ') ?? [];
    if (fields.length === 0) return undefined;
    const missing = fields.find(
      (field) => field.endsWith('!') && block[field.slice(0, -1)] === undefined,
    );
    if (missing) return anthropicRefusal(`${path}.${type}.${missing.slice(0, -1)}: Field required`);
    const known = new Set(['type', ...fields.map((field) => field.replace('!', ''))]);
    const key = unknownKey(block, known);
    return ifFound(key, () =>
      anthropicRefusal(`${path}.${type}.${key}: Extra inputs are not permitted`),
    );
  });
}

const onlyAssistant = ['thinking', 'redacted_thinking', 'tool_use', 'server_tool_use'];
const onlyUser = ['tool_result', 'image', 'container_upload'];

export function blocksStandInTheirRole({ placedBlocks, version }: AnthropicView): Finding {
  const notAssistants = version === '2026-10-21' ? [...onlyUser, 'document'] : onlyUser;
  return findIn(placedBlocks, ({ type, path, role }) => {
    if (role !== 'assistant' && onlyAssistant.includes(type)) {
      return anthropicRefusal(`${path}: \`${type}\` blocks can only be in \`assistant\` messages`);
    }
    return role === 'assistant' && notAssistants.includes(type)
      ? anthropicRefusal(`${path}: \`${type}\` blocks can only be in \`user\` messages`)
      : undefined;
  });
}

export function textsAreNotEmpty({ placedBlocks, body }: AnthropicView): Finding {
  if (body['system'] === '') return undefined;
  return findIn(placedBlocks, ({ block, type, path }) => {
    if (type !== 'text' || block['cache_control']) return undefined;
    if (typeof block['text'] !== 'string') {
      return anthropicRefusal(`${path}.text.text: Input should be a valid string`);
    }
    const where = path.split('.')[0];
    return block['text'] === ''
      ? anthropicRefusal(`${where}: text content blocks must be non-empty`)
      : undefined;
  });
}

export function textsAreNotBlank({ placedBlocks, messages }: AnthropicView): Finding {
  const fault = anthropicRefusal('messages: text content blocks must contain non-whitespace text');
  const isBlank = (text: unknown): boolean => typeof text === 'string' && /^\s+$/.test(text);
  const hasBlank =
    messages.some(({ content }) => isBlank(content)) ||
    placedBlocks.some(({ block, type }) => type === 'text' && isBlank(block['text']));
  return hasBlank ? fault : undefined;
}

export function toolUsesAreWellFormed({ placedBlocks }: AnthropicView): Finding {
  return findIn(placedBlocks, ({ block, type, path }) => {
    if (type !== 'tool_use') return undefined;
    if (!/^[a-zA-Z0-9_-]+$/.test(textOf(block['id']))) {
      return anthropicRefusal(
        `${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`,
      );
    }
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(textOf(block['name']))) {
      return anthropicRefusal(
        `${path}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`,
      );
    }
    return isObject(block['input'])
      ? undefined
      : anthropicRefusal(`${path}.tool_use.input: Input should be a valid dictionary`);
  });
}

const resultTypes = [
  'text',
  'image',
  'search_result',
  'document',
  'tool_reference',
  'browser_state',
];

export function toolResultsHoldContent({ placedBlocks }: AnthropicView): Finding {
  return findIn(placedBlocks, ({ block, type, path, isNested }) => {
    if (isNested && !resultTypes.includes(type)) {
      return anthropicRefusal(
        `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: 'document', 'image', 'search_result', 'text', 'tool_reference'`,
      );
    }
    const { content, is_error: isError } = block;
    if (type !== 'tool_result') return undefined;
    if (isError !== undefined && typeof isError !== 'boolean') {
      return anthropicRefusal(`${path}.tool_result.is_error: Input should be a valid boolean`);
    }
    return content === undefined || typeof content === 'string' || Array.isArray(content)
      ? undefined
      : anthropicRefusal(`${path}.tool_result.content: Input should be a valid list`);
  });
}

function isInline({ type, block }: PlacedBlock): boolean {
  const isFile = type === 'image' || type === 'document';
  return isFile && objectOf(block['source'])['type'] === 'base64';
}

const imageLimitBytes = 5 * 1024 * 1024;

function inlineFault(
  type: string,
  { media_type: mediaType, data }: JsonObject,
): string | undefined {
  const [declared, base64] = [textOf(mediaType), textOf(data)];
  const isImage = type === 'image';
  if (isImage && !imageTypes.includes(declared as (typeof imageTypes)[number])) {
    return ".media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'";
  }
  if (!isImage && declared !== 'application/pdf') {
    return ".media_type: Input should be 'application/pdf'";
  }
  if (!isBase64(base64)) return ': invalid base64 data';
  const actual = sniffMediaType(base64);
  if (!isImage) {
    return actual === declared ? undefined : '.data: The PDF specified was not valid.';
  }
  if (!imageTypes.includes(actual as (typeof imageTypes)[number])) {
    return '.data: Could not process image';
  }
  if (actual !== declared) {
    return `: The image was specified using the ${declared} media type, but the image appears to be a ${actual} image`;
  }
  const bytes = Buffer.byteLength(base64, 'base64');
  return bytes > imageLimitBytes
    ? `: image exceeds 5 MB maximum: ${bytes} bytes > ${imageLimitBytes} bytes`
    : undefined;
}

export function inlineFilesAreWhatTheySay({ placedBlocks }: AnthropicView): Finding {
  return findIn(placedBlocks.filter(isInline), ({ block, type, path }) => {
    const fault = inlineFault(type, objectOf(block['source']));
    return ifFound(fault, () => anthropicRefusal(`${path}.${type}.source.base64${fault}`));
  });
}

/** Since 2026-10-21; before, they were read and mostly ignored. */
export function userTextsHaveNoCitations({ placedBlocks, version }: AnthropicView): Finding {
  if (version !== '2026-10-21') return undefined;
  return findIn(placedBlocks, ({ block, type, path, role }) =>
    role === 'user' && type === 'text' && listOf(block['citations']).length > 0
      ? anthropicRefusal(`${path}.text.citations: Extra inputs are not permitted`)
      : undefined,
  );
}
