/** Refuses what OpenAI's Chat Completions refuses, in its words where they are known. */
import type { JsonValue } from '../../../agent/json';
import type { Refusal, Rule } from './strict-errors';
import { firstRefusal, openAIFault, openAIRefusal } from './strict-errors';
import { isObject, listOf, objectOf, quotedList, textOf } from './strict-json';
import * as messages from './strict-openai-chat-messages';
import * as tools from './strict-openai-chat-tools';
import * as request from './strict-openai-request';
import * as schemas from './strict-openai-tools';
import type { OpenAIView } from './strict-openai-view';
import { allText, isSamplingFixed, openAIView, reasoningEffort } from './strict-openai-view';
import type { CheckOptions, RequestHeaders } from './strict-request';

type Finding = Refusal | undefined;

const chatParameters = new Set(
  'messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'.split(
    ' ',
  ),
);

/** Chat Completions names them all, and gives neither code nor parameter. */
export function parametersAreKnown({ body, options }: OpenAIView): Finding {
  const unknown = Object.keys(body).filter((name) => !chatParameters.has(name));
  if (unknown.length === 0 || options.isCompatible) return undefined;
  const plural = unknown.length === 1 ? '' : 's';
  return openAIRefusal(`Unrecognized request argument${plural} supplied: ${unknown.join(', ')}`);
}

export function modelExists({ body, model, traits, options }: OpenAIView): Finding {
  if (body['model'] === undefined) return openAIRefusal('you must provide a model parameter');
  if (traits || (options.isCompatible && model !== '')) return undefined;
  return openAIRefusal(`The model \`${model}\` does not exist or you do not have access to it.`, {
    status: 404,
    code: 'model_not_found',
  });
}

export function outputLimitFitsTheModel({ body, traits, options }: OpenAIView): Finding {
  if (typeof body['max_tokens'] !== 'number' || options.isCompatible) return undefined;
  if (typeof body['max_completion_tokens'] === 'number') {
    return openAIRefusal(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      { code: 'invalid_parameter_combination' },
    );
  }
  return traits?.reasons
    ? openAIRefusal(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        { code: 'unsupported_parameter', param: 'max_tokens' },
      )
    : undefined;
}

/** Here the default values are let through. */
export function reasoningModelsTakeNoSampling(view: OpenAIView): Finding {
  const { temperature, top_p: topP } = view.body;
  if (!isSamplingFixed(view) || view.options.isCompatible) return undefined;
  if (typeof temperature === 'number' && temperature !== 1) {
    return openAIRefusal(
      `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`,
      { code: 'unsupported_value', param: 'temperature' },
    );
  }
  return typeof topP === 'number' && topP !== 1
    ? openAIFault.unsupportedParameter('top_p')
    : undefined;
}

/** Recorded. */
export function stopFitsTheModel({ body, traits, options }: OpenAIView): Finding {
  const { stop } = body;
  if (stop === undefined || stop === null || options.isCompatible) return undefined;
  if (traits && !traits.takesStop) return openAIFault.unsupportedParameter('stop');
  const { length } = listOf(stop);
  return length > 4 ? openAIFault.tooMany('stop', 4, length) : undefined;
}

/** A model that does not reason does not even know the parameter. */
export function reasoningFitsTheModel(view: OpenAIView): Finding {
  const effort = reasoningEffort(view);
  const { traits, options } = view;
  if (effort === undefined || !traits || options.isCompatible) return undefined;
  if (traits.efforts.length === 0) {
    return openAIRefusal('Unrecognized request argument supplied: reasoning_effort');
  }
  return traits.efforts.includes(effort)
    ? undefined
    : openAIRefusal(
        `Unsupported value: 'reasoning_effort' does not support '${effort}' with this model. Supported values are: ${quotedList(traits.efforts)}.`,
        { code: 'unsupported_value', param: 'reasoning_effort' },
      );
}

/** Recorded. */
export function searchFitsTheModel({ body, model, options }: OpenAIView): Finding {
  const isAsked = body['web_search_options'] !== undefined && !options.isCompatible;
  return isAsked && !/-search/.test(model)
    ? openAIRefusal('Web search options not supported with this model.', {
        param: 'web_search_options',
      })
    : undefined;
}

export function outputFormatFitsTheSubset({ body }: OpenAIView): Finding {
  const format = objectOf(body['response_format']);
  const { type, json_schema: schema } = format;
  if (type === undefined || type === 'text' || type === 'json_object') return undefined;
  if (type !== 'json_schema') {
    return openAIFault.badValue(
      'response_format.type',
      textOf(type),
      "'json_object', 'json_schema', and 'text'",
    );
  }
  return isObject(schema)
    ? schemas.jsonSchemaFormatFault(schema, 'response_format.json_schema')
    : openAIFault.missing('response_format.json_schema');
}

export function jsonModeIsAskedForInWords({ body, items }: OpenAIView): Finding {
  const isAsked = objectOf(body['response_format'])['type'] === 'json_object';
  return isAsked && !/json/i.test(allText(items))
    ? openAIRefusal(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        { param: 'messages' },
      )
    : undefined;
}

/** The first of these that finds a fault answers. */
export const openAIChatRules: readonly Rule<OpenAIView>[] = [
  request.needsApiKey,
  request.apiKeyIsValid,
  request.textIsUnicode,
  parametersAreKnown,
  modelExists,
  request.parametersHaveTheirTypes,
  request.numbersAreInRange,
  outputLimitFitsTheModel,
  reasoningModelsTakeNoSampling,
  stopFitsTheModel,
  reasoningFitsTheModel,
  searchFitsTheModel,
  request.metadataIsSmall,
  request.cacheKeyIsShort,
  request.streamOptionsNeedAStream,
  tools.toolsAreFunctions,
  tools.toolNamesMatchThePattern,
  tools.toolNamesAreUnique,
  tools.toolsAreFewEnough,
  tools.toolSchemasAreObjects,
  tools.strictToolsFitTheSubset,
  tools.toolChoiceIsPossible,
  tools.parallelCallsNeedTools,
  outputFormatFitsTheSubset,
  messages.messagesAreGiven,
  messages.rolesAreKnown,
  messages.messageFieldsAreKnown,
  messages.contentIsTextOrParts,
  messages.partsFitTheirRole,
  messages.imagesAreReadable,
  messages.callsAreWellFormed,
  messages.toolMessagesNameTheirCall,
  messages.callsHaveAnswers,
  messages.toolMessagesHaveCalls,
  messages.answersAreSingle,
  jsonModeIsAskedForInWords,
];

/** What the API would answer instead of a completion, or `undefined` if it takes the request. */
export function checkOpenAIChat(
  body: JsonValue,
  headers: RequestHeaders,
  options: CheckOptions = {},
): Refusal | undefined {
  if (!isObject(body)) return openAIRefusal('We could not parse the JSON body of your request.');
  return firstRefusal(openAIChatRules, openAIView(body, headers, options, 'messages'));
}
