/** The Responses API's rules for the parts of an item's content: texts, images, files. */
import type { JsonObject } from '../../../agent/json';
import type { Refusal } from './strict-errors';
import { ifFound, openAIFault, openAIRefusal, openAITypeName } from './strict-errors';
import { quotedList, textOf, unknownKey } from './strict-json';
import { imageTypes, isBase64, readDataUrl, sniffMediaType } from './strict-media';
import type { OpenAIView } from './strict-openai-view';
import { findInParts, itemType } from './strict-openai-view';

type Finding = Refusal | undefined;

const inputParts = ['input_text', 'input_image', 'input_file'];
const outputParts = ['output_text', 'refusal'];
const allParts = [
  'input_text',
  'input_image',
  'output_text',
  'refusal',
  'input_file',
  'computer_screenshot',
  'summary_text',
];

/** What was said to the model is `input_…`, what it said is `output_…`: never the other way round. */
export function partsFitTheirRole({ items }: OpenAIView): Finding {
  return findInParts(masked(items), (part, param, item) => {
    const type = textOf(part['type']);
    const supported = item['role'] === 'assistant' ? outputParts : inputParts;
    if (supported.includes(type)) return undefined;
    if (part['type'] === undefined) return openAIFault.missing(`${param}.type`);
    return openAIFault.badValue(
      param,
      type,
      quotedList(allParts.includes(type) ? supported : allParts),
    );
  });
}

/** Items whose content the rules do not read, blanked out so that indices stay true. */
function masked(items: readonly JsonObject[]): readonly JsonObject[] {
  const types = ['message', 'function_call_output'];
  return items.map((item) => (types.includes(itemType(item)) ? item : {}));
}

const partFields: Readonly<Record<string, ReadonlySet<string>>> = {
  input_text: new Set(['type', 'text', 'prompt_cache_breakpoint']),
  input_image: new Set(['type', 'detail', 'image_url', 'file_id', 'prompt_cache_breakpoint']),
  input_file: new Set(
    'type detail file_data file_id file_url filename prompt_cache_breakpoint'.split(' '),
  ),
  output_text: new Set(['type', 'text', 'annotations', 'logprobs']),
  refusal: new Set(['type', 'refusal']),
};

export function partFieldsAreKnown({ items, options }: OpenAIView): Finding {
  if (options.isCompatible) return undefined;
  return findInParts(items, (part, param) => {
    const type = textOf(part['type']);
    if (/text$/.test(type) && typeof part['text'] !== 'string') {
      return part['text'] === undefined
        ? openAIFault.missing(`${param}.text`)
        : openAIFault.wrongType(`${param}.text`, 'a string', openAITypeName(part['text']));
    }
    const known = partFields[type];
    const key = known && unknownKey(part, known);
    return ifFound(key, (name) => openAIFault.unknown(`${param}.${name}`));
  });
}

export function imagesAreReadable({ items }: OpenAIView): Finding {
  return findInParts(items, (part, path) => {
    if (part['type'] !== 'input_image') return undefined;
    const { image_url: url, file_id: fileId } = part;
    const param = `${path}.image_url`;
    if (url === undefined || url === null) {
      return fileId ? undefined : openAIFault.missing(param);
    }
    if (typeof url !== 'string') {
      return openAIFault.wrongType(param, 'an image URL', openAITypeName(url));
    }
    return imageUrlFault(url, param);
  });
}

export function imageUrlFault(url: string, param: string): Finding {
  if (/^https?:\/\//.test(url)) return undefined;
  const file = readDataUrl(url);
  const example =
    "Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')";
  const invalid = (got: string): Refusal =>
    openAIRefusal(`Invalid '${param}'. ${example}, but got ${got}.`, {
      code: 'invalid_value',
      param,
    });
  if (!file) return invalid("a value without the 'data:' prefix");
  if (!imageTypes.includes(file.mediaType as (typeof imageTypes)[number])) {
    return invalid(`unsupported MIME type '${file.mediaType}'`);
  }
  if (!isBase64(file.data)) return invalid('an invalid base64-encoded value');
  return imageTypes.includes(sniffMediaType(file.data) as (typeof imageTypes)[number])
    ? undefined
    : openAIRefusal(
        "The image data you provided does not represent a valid image. Please check your input and try again with one of the following image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].",
        { code: 'invalid_value', param },
      );
}
