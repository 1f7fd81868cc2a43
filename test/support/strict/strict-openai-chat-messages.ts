/** Chat Completions' rules for `messages`. */
import type { JsonObject } from '../../../agent/json';
import type { Refusal } from './strict-errors';
import { ifFound, openAIFault, openAIRefusal, openAITypeName } from './strict-errors';
import {
  findIn,
  firstDuplicate,
  listOf,
  objectOf,
  objectsOf,
  quotedList,
  textOf,
  unknownKey,
} from './strict-json';
import { imageTypes, isBase64, readDataUrl, sniffMediaType } from './strict-media';
import { functionNameFault } from './strict-openai-tools';
import type { OpenAIView } from './strict-openai-view';
import { findInParts } from './strict-openai-view';

type Finding = Refusal | undefined;

export function messagesAreGiven({ body }: OpenAIView): Finding {
  const { messages } = body;
  if (messages === undefined) return openAIFault.missing('messages');
  if (!Array.isArray(messages)) {
    return openAIFault.wrongType('messages', 'an array of objects', openAITypeName(messages));
  }
  return messages.length > 0
    ? undefined
    : openAIRefusal(
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        { code: 'empty_array', param: 'messages' },
      );
}

const roles = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

/** Recorded: o1-mini reads no instructions. */
export function rolesAreKnown({ items, traits, options }: OpenAIView): Finding {
  return findIn(items, ({ role }, index) => {
    const param = `messages[${index}].role`;
    if (role === undefined) return openAIFault.missing(param);
    if (!roles.includes(textOf(role))) {
      return openAIFault.badValue(param, textOf(role), quotedList(roles));
    }
    const isInstruction = role === 'system' || role === 'developer';
    if (!isInstruction || traits?.hasSystemRole !== false || options.isCompatible) return undefined;
    return openAIRefusal(
      `Unsupported value: '${param}' does not support '${role}' with this model.`,
      { code: 'unsupported_value', param },
    );
  });
}

const messageFields = new Set(
  'role content name refusal tool_calls tool_call_id audio function_call annotations'.split(' '),
);

export function messageFieldsAreKnown({ items, options }: OpenAIView): Finding {
  if (options.isCompatible) return undefined;
  return findIn(items, (message, index) =>
    ifFound(unknownKey(message, messageFields), (name) =>
      openAIFault.unknown(`messages[${index}].${name}`),
    ),
  );
}

/** Only an assistant's message with calls (or a refusal) may do without content. */
export function contentIsTextOrParts({ items }: OpenAIView): Finding {
  return findIn(items, (message, index) => {
    const { content, role } = message;
    if (typeof content === 'string' || Array.isArray(content)) return undefined;
    const isAbsent = content === undefined || content === null;
    const mayDoWithout = ['tool_calls', 'function_call', 'refusal', 'audio'].some(
      (key) => message[key],
    );
    if (isAbsent && role === 'assistant' && mayDoWithout) return undefined;
    return openAIRefusal(
      `Invalid value for 'content': expected a string, got ${isAbsent ? 'null' : openAITypeName(content)}.`,
      { param: `messages.[${index}].content` },
    );
  });
}

const partTypes: Readonly<Record<string, readonly string[]>> = {
  user: ['text', 'image_url', 'input_audio', 'refusal', 'file'],
  assistant: ['text', 'refusal'],
  tool: ['text'],
};

/** What a tool returns is text only: an image goes to a user's message. */
export function partsFitTheirRole({ items }: OpenAIView): Finding {
  return findInParts(
    items,
    (part, param, message) => {
      const [type, role] = [textOf(part['type']), textOf(message['role'])];
      const supported = partTypes[role] ?? ['text'];
      if (supported.includes(type)) return undefined;
      if (part['type'] === undefined) return openAIFault.missing(`${param}.type`);
      if (type === 'image_url') {
        const path = param.replace(/\.content.*$/, '');
        return openAIRefusal(
          `Invalid '${path}'. Image URLs are only allowed for messages with role 'user', but this message with role '${role}' contains an image URL.`,
          { code: 'invalid_value', param: path },
        );
      }
      return openAIFault.badValue(param, type, quotedList(supported));
    },
    'messages',
  );
}

export function imagesAreReadable({ items }: OpenAIView): Finding {
  return findInParts(
    items,
    (part, path) => {
      if (part['type'] !== 'image_url') return undefined;
      const image = part['image_url'];
      if (typeof image === 'string') {
        return openAIFault.wrongType(`${path}.image_url`, 'an object', 'a string');
      }
      const url = textOf(objectOf(image)['url']);
      return url === '' ? openAIFault.missing(`${path}.image_url.url`) : imageFault(url);
    },
    'messages',
  );
}

function imageFault(url: string): Finding {
  if (/^https?:\/\//.test(url)) return undefined;
  const file = readDataUrl(url);
  if (!file || !isBase64(file.data)) {
    return openAIRefusal('Invalid base64 image_url.', { code: 'invalid_base64' });
  }
  const isImage = [file.mediaType, sniffMediaType(file.data)].every((type) =>
    imageTypes.includes(type as (typeof imageTypes)[number]),
  );
  return isImage
    ? undefined
    : openAIRefusal(
        "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
        { code: 'invalid_image_format' },
      );
}

function callsOf(message: JsonObject | undefined): readonly JsonObject[] {
  return message?.['role'] === 'assistant' ? objectsOf(message['tool_calls']) : [];
}

function idFault(id: unknown, param: string): Finding {
  if (typeof id !== 'string') return openAIFault.missing(param);
  if (id === '') return openAIFault.empty(param);
  return id.length > 64 ? openAIFault.tooLong(param, 64, id.length) : undefined;
}

export function callsAreWellFormed({ items }: OpenAIView): Finding {
  return findIn(items, (message, index) => {
    const path = `messages[${index}].tool_calls`;
    if (Array.isArray(message['tool_calls']) && listOf(message['tool_calls']).length === 0) {
      return openAIRefusal(
        `Invalid '${path}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
        { code: 'empty_array', param: path },
      );
    }
    return findIn(callsOf(message), (call, callIndex) => {
      const at = `${path}[${callIndex}]`;
      const { name, arguments: given } = objectOf(call['function']);
      if (call['type'] !== 'function') return openAIFault.missing(`${at}.type`);
      const fault =
        idFault(call['id'], `${at}.id`) ?? functionNameFault(name, `${at}.function.name`);
      if (fault || typeof given === 'string') return fault;
      const param = `${at}.function.arguments`;
      return given === undefined
        ? openAIFault.missing(param)
        : openAIFault.wrongType(param, 'a string', openAITypeName(given));
    });
  });
}

export function toolMessagesNameTheirCall({ items }: OpenAIView): Finding {
  return findIn(items, (message, index) =>
    message['role'] === 'tool'
      ? idFault(message['tool_call_id'], `messages[${index}].tool_call_id`)
      : undefined,
  );
}

/** The answers to the calls of a message: the tool messages right behind it. */
function answersTo(items: readonly JsonObject[], index: number): readonly string[] {
  const behind = items.slice(index + 1);
  const end = behind.findIndex(({ role }) => role !== 'tool');
  return behind.slice(0, end < 0 ? undefined : end).map((item) => textOf(item['tool_call_id']));
}

export function callsHaveAnswers({ items }: OpenAIView): Finding {
  return findIn(items, (message, index) => {
    const answers = answersTo(items, index);
    const missing = callsOf(message)
      .map((call) => textOf(call['id']))
      .filter((id) => !answers.includes(id));
    if (missing.length === 0) return undefined;
    return openAIRefusal(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${missing.join(', ')}`,
      { param: 'messages' },
    );
  });
}

export function toolMessagesHaveCalls({ items }: OpenAIView): Finding {
  return findIn(items, (message, index) => {
    if (message['role'] !== 'tool') return undefined;
    const asking = items.slice(0, index).findLast(({ role }) => role !== 'tool');
    const id = message['tool_call_id'];
    return callsOf(asking).some((call) => call['id'] === id)
      ? undefined
      : openAIRefusal(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          { param: `messages.[${index}].role` },
        );
  });
}

/** Not recorded; but a call with two answers has no meaning. */
export function answersAreSingle({ items }: OpenAIView): Finding {
  return findIn(items, (message, index) => {
    if (callsOf(message).length === 0) return undefined;
    return ifFound(firstDuplicate(answersTo(items, index)), (id) =>
      openAIRefusal(`Duplicate tool message for tool_call_id ${id}.`, { param: 'messages' }),
    );
  });
}
