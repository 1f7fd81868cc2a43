/** Refuses what OpenAI's Responses API refuses, in its words where they are known. */
import type { JsonValue } from '../../../agent/json';
import type { Refusal, Rule } from './strict-errors';
import { firstRefusal, openAIFault, openAIRefusal } from './strict-errors';
import { findIn, isObject, objectOf, objectsOf, textOf } from './strict-json';
import * as input from './strict-openai-input';
import * as parts from './strict-openai-parts';
import * as pairs from './strict-openai-pairs';
import * as reasoning from './strict-openai-reasoning';
import * as request from './strict-openai-request';
import * as schemas from './strict-openai-tools';
import type { OpenAIView } from './strict-openai-view';
import { allText, openAIView } from './strict-openai-view';
import type { CheckOptions, RequestHeaders } from './strict-request';

type Finding = Refusal | undefined;

function placedFunctions({ tools }: OpenAIView): readonly schemas.PlacedFunction[] {
  return tools.flatMap((definition, index) =>
    definition['type'] === 'function' ? [{ definition, path: `tools[${index}]` }] : [],
  );
}

export function toolsHaveTypes({ tools }: OpenAIView): Finding {
  return findIn(tools, ({ type }, index) =>
    typeof type === 'string' ? undefined : openAIFault.missing(`tools[${index}].type`),
  );
}

/** A tool that is nested as in Chat Completions has no name here. */
export function toolNamesMatchThePattern(view: OpenAIView): Finding {
  return schemas.functionNamesFault(placedFunctions(view));
}

const toolFields = new Set(
  'type name description parameters strict allowed_callers async defer_loading output_schema'.split(
    ' ',
  ),
);

export function toolFieldsAreKnown(view: OpenAIView): Finding {
  if (view.options.isCompatible) return undefined;
  return findIn(placedFunctions(view), ({ definition, path }) => {
    const key = Object.keys(definition).find((name) => !toolFields.has(name));
    return key === undefined ? undefined : openAIFault.unknown(`${path}.${key}`);
  });
}

export function toolNamesAreUnique(view: OpenAIView): Finding {
  return schemas.duplicateFunctionFault(placedFunctions(view));
}

export function toolsAreFewEnough({ tools }: OpenAIView): Finding {
  return schemas.toolCountFault(tools);
}

export function toolSchemasAreObjects(view: OpenAIView): Finding {
  return schemas.functionSchemasFault(placedFunctions(view));
}

export function strictToolsFitTheSubset(view: OpenAIView): Finding {
  return schemas.strictFunctionsFault(placedFunctions(view));
}

export function toolChoiceIsPossible({ body, tools }: OpenAIView): Finding {
  const choice = body['tool_choice'];
  if (typeof choice === 'string') {
    if (!['none', 'auto', 'required'].includes(choice)) {
      return openAIFault.badValue('tool_choice', choice, "'none', 'auto', and 'required'");
    }
    return choice === 'required' && tools.length === 0
      ? openAIRefusal("Tool choice 'required' must be specified with 'tools' parameter.", {
          param: 'tool_choice',
        })
      : undefined;
  }
  const { type, name } = objectOf(choice);
  if (type !== 'function') return undefined;
  if (typeof name !== 'string') return openAIFault.missing('tool_choice.name');
  return tools.some((tool) => tool['name'] === name)
    ? undefined
    : openAIRefusal(`Tool choice '${name}' not found in 'tools' parameter.`, {
        param: 'tool_choice',
      });
}

export function outputFormatFitsTheSubset({ body }: OpenAIView): Finding {
  const format = objectOf(objectOf(body['text'])['format']);
  const { type } = format;
  if (type === undefined || type === 'text' || type === 'json_object') return undefined;
  return type === 'json_schema'
    ? schemas.jsonSchemaFormatFault(format, 'text.format')
    : openAIFault.badValue(
        'text.format.type',
        textOf(type),
        "'json_object', 'json_schema', and 'text'",
      );
}

export function jsonModeIsAskedForInWords({ body, items }: OpenAIView): Finding {
  const format = objectOf(objectOf(body['text'])['format']);
  if (format['type'] !== 'json_object' || /json/i.test(allText(items))) return undefined;
  if (/json/i.test(textOf(body['instructions'])) || objectsOf(body['input']).length === 0) {
    return undefined;
  }
  return openAIRefusal(
    "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
    { param: 'input' },
  );
}

/** The first of these that finds a fault answers. */
export const openAIRules: readonly Rule<OpenAIView>[] = [
  request.needsApiKey,
  request.apiKeyIsValid,
  request.textIsUnicode,
  request.parametersHaveTheNamesOfThisApi,
  request.parametersAreKnown,
  request.modelExists,
  request.parametersHaveTheirTypes,
  request.numbersAreInRange,
  request.reasoningModelsTakeNoSampling,
  request.metadataIsSmall,
  request.cacheKeyIsShort,
  request.streamOptionsNeedAStream,
  reasoning.reasoningFitsTheModel,
  reasoning.reasoningSummaryIsKnown,
  reasoning.includesAreKnown,
  reasoning.encryptedReasoningNeedsAReasoningModel,
  reasoning.previousResponseIsStored,
  toolsHaveTypes,
  toolNamesMatchThePattern,
  toolFieldsAreKnown,
  toolNamesAreUnique,
  toolsAreFewEnough,
  toolSchemasAreObjects,
  strictToolsFitTheSubset,
  toolChoiceIsPossible,
  outputFormatFitsTheSubset,
  input.inputIsGiven,
  input.itemTypesAreKnown,
  input.rolesAreKnown,
  input.itemFieldsAreKnown,
  input.contentIsTextOrParts,
  parts.partsFitTheirRole,
  parts.partFieldsAreKnown,
  parts.imagesAreReadable,
  input.callsAreWellFormed,
  input.outputsAreTextOrParts,
  input.itemIdsHaveTheirPrefix,
  input.callIdsAreShort,
  jsonModeIsAskedForInWords,
  pairs.itemsAreSingle,
  pairs.outputsAreSingle,
  pairs.callsHaveOutputs,
  pairs.outputsHaveCalls,
  pairs.reasoningHasASummary,
  pairs.referencedItemsAreStored,
  pairs.encryptedReasoningIsAsIssued,
  pairs.reasoningHasItsFollowingItem,
  pairs.itemsHaveTheirReasoning,
];

/** What the API would answer instead of a response, or `undefined` if it takes the request. */
export function checkOpenAI(
  body: JsonValue,
  headers: RequestHeaders,
  options: CheckOptions = {},
): Refusal | undefined {
  if (!isObject(body)) return openAIRefusal('We could not parse the JSON body of your request.');
  return firstRefusal(openAIRules, openAIView(body, headers, options, 'input'));
}
