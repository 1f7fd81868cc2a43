/** The Responses API's rules for single items of `input`. */
import type { Refusal } from './strict-errors';
import { ifFound, openAIFault, openAIRefusal, openAITypeName } from './strict-errors';
import { findIn, objectOf, quotedList, textOf, unknownKey } from './strict-json';
import type { OpenAIView } from './strict-openai-view';
import { itemType } from './strict-openai-view';
import { functionNameFault } from './strict-openai-tools';

type Finding = Refusal | undefined;

export function inputIsGiven({ body }: OpenAIView): Finding {
  const { input, previous_response_id: previous, prompt, conversation } = body;
  const isEmpty = Array.isArray(input) && input.length === 0;
  if (previous || prompt || conversation) return undefined;
  if (input !== undefined && typeof input !== 'string' && !Array.isArray(input)) {
    return openAIFault.wrongType('input', 'a string or an array', openAITypeName(input));
  }
  return input === undefined || isEmpty
    ? openAIRefusal(
        'One of "input" or "previous_response_id" or \'prompt\' or \'conversation_id\' must be provided.',
        { code: 'missing_required_parameter' },
      )
    : undefined;
}

/** The prefix that the id of each type of item has; items of other types are not read. */
const idPrefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fc',
  reasoning: 'rs',
  web_search_call: 'ws',
  file_search_call: 'fs',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  mcp_call: 'mcp',
  mcp_list_tools: 'mcpl',
  tool_search_call: 'tsc',
  tool_search_output: 'tso',
  custom_tool_call: 'ctc',
  compaction: 'cmp',
};
const unreadTypes =
  /^(?:item_reference|additional_tools|computer_call(?:_output)?|(?:local_)?shell_call(?:_output)?|apply_patch_call(?:_output)?|mcp_approval_(?:request|response)|custom_tool_call_output|compaction_trigger|program(?:_output)?|configuration_update)$/;

export function itemTypesAreKnown({ items, options }: OpenAIView): Finding {
  return findIn(items, (item, index) => {
    const type = itemType(item);
    if (idPrefixes[type] !== undefined || unreadTypes.test(type) || options.isCompatible) {
      return undefined;
    }
    return openAIFault.badValue(
      `input[${index}].type`,
      type,
      quotedList([...Object.keys(idPrefixes), 'item_reference']),
    );
  });
}

const itemFields: Readonly<Record<string, ReadonlySet<string>>> = {
  message: new Set(['type', 'id', 'role', 'content', 'status', 'phase']),
  function_call: new Set('type id call_id name arguments status namespace async caller'.split(' ')),
  function_call_output: new Set('type id call_id output status caller name namespace'.split(' ')),
  reasoning: new Set(['type', 'id', 'summary', 'content', 'encrypted_content', 'status']),
};

/** What the SDK adds for its own use (`parsed_arguments`) or another API calls otherwise (`tool_calls`). */
export function itemFieldsAreKnown({ items, options }: OpenAIView): Finding {
  if (options.isCompatible) return undefined;
  return findIn(items, (item, index) => {
    const known = itemFields[itemType(item)];
    const key = known && unknownKey(item, known);
    return ifFound(key, (name) => openAIFault.unknown(`input[${index}].${name}`));
  });
}

const roles = ['assistant', 'system', 'developer', 'user'];

export function rolesAreKnown({ items }: OpenAIView): Finding {
  return findIn(items, (item, index) => {
    if (itemType(item) !== 'message') return undefined;
    const { role } = item;
    if (role === undefined) return openAIFault.missing(`input[${index}].role`);
    return roles.includes(textOf(role))
      ? undefined
      : openAIFault.badValue(`input[${index}]`, textOf(role), quotedList(roles));
  });
}

/** Empty text is fine here (recorded), no text at all is not. */
export function contentIsTextOrParts({ items }: OpenAIView): Finding {
  return findIn(items, (item, index) => {
    const { content } = item;
    if (itemType(item) !== 'message' || typeof content === 'string' || Array.isArray(content)) {
      return undefined;
    }
    const param = `input[${index}].content`;
    if (content === undefined) return openAIFault.missing(param);
    const expected = 'one of an array of objects or string';
    return openAIFault.wrongType(param, expected, openAITypeName(content));
  });
}

/** The function that a call in the history names, and its arguments: JSON in a string. */
export function callsAreWellFormed({ items }: OpenAIView): Finding {
  return findIn(items, (item, index) => {
    if (itemType(item) !== 'function_call') return undefined;
    const path = `input[${index}]`;
    const nameFault = functionNameFault(item['name'], `${path}.name`);
    if (nameFault) return nameFault;
    const { arguments: given } = item;
    if (given === undefined) return openAIFault.missing(`${path}.arguments`);
    return typeof given === 'string'
      ? undefined
      : openAIFault.wrongType(`${path}.arguments`, 'a string', openAITypeName(given));
  });
}

const outputLimit = 10_485_760;

export function outputsAreTextOrParts({ items }: OpenAIView): Finding {
  return findIn(items, (item, index) => {
    if (itemType(item) !== 'function_call_output') return undefined;
    const { output } = item;
    const param = `input[${index}].output`;
    if (output === undefined) return openAIFault.missing(param);
    if (typeof output === 'string') {
      return output.length > outputLimit
        ? openAIFault.tooLong(param, outputLimit, output.length)
        : undefined;
    }
    const expected = 'one of an array of objects or string';
    return Array.isArray(output)
      ? undefined
      : openAIFault.wrongType(param, expected, openAITypeName(output));
  });
}

/** A foreign id in `id` is refused: `call_…` names the call, `fc_…` the item. */
export function itemIdsHaveTheirPrefix({ items, options }: OpenAIView): Finding {
  if (options.isCompatible) return undefined;
  return findIn(items, (item, index) => {
    const { id } = item;
    const prefix = idPrefixes[itemType(item)];
    if (id === undefined || id === null || prefix === undefined) return undefined;
    const param = `input[${index}].id`;
    const invalid = (expected: string): Refusal =>
      openAIRefusal(`Invalid '${param}': '${textOf(id)}'. Expected an ID that ${expected}.`, {
        code: 'invalid_value',
        param,
      });
    if (!/^[a-zA-Z0-9_-]+$/.test(textOf(id))) {
      return invalid(
        'contains letters, numbers, underscores, or dashes, but this value contained additional characters',
      );
    }
    if (!textOf(id).startsWith(prefix)) return invalid(`begins with '${prefix}'`);
    return textOf(id).length > 64 ? openAIFault.tooLong(param, 64, textOf(id).length) : undefined;
  });
}

export function callIdsAreShort({ items }: OpenAIView): Finding {
  return findIn(items, (item, index) => {
    if (!/^function_call(?:_output)?$/.test(itemType(item))) return undefined;
    const id = objectOf(item)['call_id'];
    const param = `input[${index}].call_id`;
    if (typeof id !== 'string') return openAIFault.missing(param);
    if (id === '') return openAIFault.empty(param);
    return id.length > 64 ? openAIFault.tooLong(param, 64, id.length) : undefined;
  });
}
