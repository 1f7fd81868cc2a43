/** Gemini's rules for `contents`: roles, parts, and calls with their responses. */
import type { JsonObject } from '../../../agent/json';
import type { Refusal } from './strict-errors';
import { geminiRefusal, ifFound } from './strict-errors';
import type { GeminiContent, GeminiView } from './strict-gemini-view';
import { findIn, isObject, objectOf, objectsOf, textOf } from './strict-json';
import { isBase64OrBase64Url } from './strict-media';

type Finding = Refusal | undefined;

export function contentsAreGiven({ contents }: GeminiView): Finding {
  return contents.length === 0
    ? geminiRefusal('* GenerateContentRequest.contents: contents is not specified\n')
    : undefined;
}

export function rolesAreKnown({ contents }: GeminiView): Finding {
  return contents.every(({ role }) => role === 'user' || role === 'model')
    ? undefined
    : geminiRefusal('Please use a valid role: user, model.');
}

/** The words are not recorded; the rule is Google's for conversations of several turns. */
export function firstContentIsTheUsers({ contents }: GeminiView): Finding {
  const isModels = contents[0]?.role === 'model' && contents[0].calls.length === 0;
  return isModels
    ? geminiRefusal('Please ensure that multiturn requests start with a user turn.')
    : undefined;
}

function findInParts(
  { contents }: GeminiView,
  look: (part: JsonObject, path: string, content: GeminiContent) => Finding,
): Finding {
  return findIn(contents, (content, index) =>
    findIn(content.parts, (part, partIndex) =>
      look(part, `contents[${index}].parts[${partIndex}]`, content),
    ),
  );
}

export function contentsHaveParts({ contents, body }: GeminiView): Finding {
  const empty = contents.findIndex(({ parts }) => parts.length === 0);
  if (empty >= 0) {
    return geminiRefusal(
      `* GenerateContentRequest.contents[${empty}].parts: contents.parts must not be empty.\n`,
    );
  }
  const instruction = body['systemInstruction'];
  return isObject(instruction) && objectsOf(instruction['parts']).length === 0
    ? geminiRefusal(
        '* GenerateContentRequest.system_instruction.parts: contents.parts must not be empty.\n',
      )
    : undefined;
}

const dataFields = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
];

/** Exactly one: a text may be empty, but it has to be there. */
export function partsHoldOneThing(view: GeminiView): Finding {
  return findInParts(view, (part, path) => {
    const held = dataFields.filter((name) => part[name] !== undefined && part[name] !== null);
    if (held.length === 0) {
      return geminiRefusal(
        `* GenerateContentRequest.${path}.data: required oneof field 'data' must have one initialized field\n`,
      );
    }
    return held.length === 1
      ? undefined
      : geminiRefusal(
          `Invalid value at '${path}' (oneof), oneof field 'data' is already set. Cannot set '${held[1]}'`,
        );
  });
}

function structFault(value: unknown, path: string): Finding {
  if (value === undefined || value === null || isObject(value)) return undefined;
  return geminiRefusal(
    `Invalid value at '${path}' (type.googleapis.com/google.protobuf.Struct), ${JSON.stringify(value)}`,
  );
}

export function callsHaveNamesAndArguments(view: GeminiView): Finding {
  return findInParts(view, (part, path) => {
    if (!isObject(part['functionCall'])) return undefined;
    const { name, args } = part['functionCall'];
    return textOf(name) === ''
      ? geminiRefusal(
          `* GenerateContentRequest.${path}.function_call.name: Name cannot be empty.\n`,
        )
      : structFault(args, `${path}.function_call.args`);
  });
}

/** `response` is an object: a text goes into a field of it. */
export function responsesAreObjects(view: GeminiView): Finding {
  return findInParts(view, (part, path) => {
    if (!isObject(part['functionResponse'])) return undefined;
    const { name, response } = part['functionResponse'];
    const field = `${path}.function_response`;
    if (textOf(name) === '') {
      return geminiRefusal(`* GenerateContentRequest.${field}.name: Name cannot be empty.\n`);
    }
    return response === undefined
      ? geminiRefusal(`* GenerateContentRequest.${field}.response: required field not set\n`)
      : structFault(response, `${field}.response`);
  });
}

function inlineFault(part: JsonObject, path: string): Finding {
  if (!isObject(part['inlineData'])) return undefined;
  const { mimeType, data } = part['inlineData'];
  if (!isBase64OrBase64Url(textOf(data))) {
    return geminiRefusal(
      `Invalid value at '${path}.inline_data.data' (TYPE_BYTES), Base64 decoding failed for "${textOf(data).slice(0, 40)}"`,
    );
  }
  if (textOf(mimeType) === '') {
    return geminiRefusal(
      `* GenerateContentRequest.${path}.inline_data.mime_type: must not be empty.\n`,
    );
  }
  return /^(?:image\/(?:png|jpeg|jpg|webp|heic|heif|gif)|audio\/|video\/|text\/|application\/(?:pdf|json|x-javascript|x-python|rtf))/.test(
    textOf(mimeType),
  )
    ? undefined
    : geminiRefusal(`Unsupported MIME type: ${textOf(mimeType)}`);
}

export function inlineDataIsReadable(view: GeminiView): Finding {
  return findInParts(view, (part, path) => {
    const response = objectsOf(objectOf(part['functionResponse'])['parts']);
    const nested = findIn(response, (inner, index) =>
      inlineFault(inner, `${path}.function_response.parts[${index}]`),
    );
    return inlineFault(part, path) ?? nested;
  });
}

export function imagesInResponsesFitTheModel(view: GeminiView): Finding {
  return findInParts(view, (part) =>
    objectsOf(objectOf(part['functionResponse'])['parts']).length > 0 &&
    view.traits?.combinesTools === false
      ? geminiRefusal('Multimodal function responses are not supported for this model.')
      : undefined,
  );
}

export function callsFollowTheUser({ turns }: GeminiView): Finding {
  return findIn(turns, (content, index) => {
    if (content.calls.length === 0 || content.role !== 'model') return undefined;
    return turns[index - 1]?.role === 'user'
      ? undefined
      : geminiRefusal(
          'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
        );
  });
}

export function responsesFollowTheirCalls({ turns }: GeminiView): Finding {
  return findIn(turns, (content, index) => {
    if (content.responses.length === 0 || content.role === 'model') return undefined;
    return (turns[index - 1]?.calls ?? []).length > 0
      ? undefined
      : geminiRefusal(
          'Please ensure that function response turn comes immediately after a function call turn.',
        );
  });
}

/** Calls that Google itself answered, as with its own MCP client, stand with their responses in one content. */
function openCalls({ calls, responses, role }: GeminiContent): readonly JsonObject[] {
  return role === 'model' && responses.length === 0 ? calls : [];
}

/** Recorded: Gemini 2.0 lets calls go unanswered altogether. */
export function everyCallHasAResponse({ turns, traits }: GeminiView): Finding {
  return findIn(turns, (turn, index) => {
    const calls = openCalls(turn);
    const { responses = [] } = turns[index + 1] ?? {};
    const isForgiven = responses.length === 0 && (traits?.version ?? 0) < 2.5;
    return calls.length === 0 || calls.length === responses.length || isForgiven
      ? undefined
      : geminiRefusal(
          'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
        );
  });
}

/** Not recorded as a refusal: but by their order alone Gemini tells responses of one name apart. */
export function responsesAreInTheOrderOfCalls({ turns }: GeminiView): Finding {
  return findIn(turns, (content, index) => {
    const { responses = [] } = turns[index + 1] ?? {};
    const calls = responses.length === 0 ? [] : openCalls(content);
    const wrong = calls.findIndex((call, callIndex) => {
      const asked = objectOf(call['functionCall']);
      const given = objectOf(responses[callIndex]?.['functionResponse']);
      const isOther = asked['id'] && given['id'] && asked['id'] !== given['id'];
      return asked['name'] !== given['name'] || Boolean(isOther);
    });
    return ifFound(wrong < 0 ? undefined : wrong, (position) =>
      geminiRefusal(
        `Please ensure that function response parts are in the order of the function call parts of the function call turn: contents[${index + 1}], response ${position}.`,
      ),
    );
  });
}
