/** The Responses API's rules for `reasoning`, `include`, and answers kept by the server. */
import type { Refusal } from './strict-errors';
import { openAIFault, openAIRefusal } from './strict-errors';
import { findIn, listOf, objectOf, quotedList, textOf } from './strict-json';
import type { OpenAIView } from './strict-openai-view';
import { reasoningEffort } from './strict-openai-view';

type Finding = Refusal | undefined;

const knownEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

export function reasoningFitsTheModel(view: OpenAIView): Finding {
  const { traits, model, options, body } = view;
  const effort = reasoningEffort(view);
  const summary = objectOf(body['reasoning'])['summary'];
  if (options.isCompatible || !traits) return undefined;
  if (effort !== undefined && !knownEfforts.includes(effort)) {
    return openAIFault.badValue('reasoning.effort', effort, quotedList(knownEfforts));
  }
  if (effort !== undefined && !traits.reasons) {
    return openAIFault.unsupportedParameter('reasoning.effort');
  }
  if (summary !== undefined && summary !== null && !traits.reasons) {
    return openAIFault.unsupportedParameter('reasoning.summary');
  }
  if (effort === undefined || traits.efforts.includes(effort)) return undefined;
  return openAIRefusal(
    `Unsupported value: '${effort}' is not supported with the '${model}' model. Supported values are: ${quotedList(traits.efforts)}.`,
    { code: 'unsupported_value', param: 'reasoning.effort' },
  );
}

const summaries = ['auto', 'concise', 'detailed'];

export function reasoningSummaryIsKnown({ body }: OpenAIView): Finding {
  const summary = objectOf(body['reasoning'])['summary'];
  if (summary === undefined || summary === null) return undefined;
  return summaries.includes(textOf(summary))
    ? undefined
    : openAIFault.badValue('reasoning.summary', textOf(summary), quotedList(summaries));
}

const includables = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
];

export function includesAreKnown({ body, options }: OpenAIView): Finding {
  if (options.isCompatible) return undefined;
  return findIn(listOf(body['include']), (include, index) =>
    includables.includes(textOf(include))
      ? undefined
      : openAIFault.badValue(`include[${index}]`, textOf(include), quotedList(includables)),
  );
}

export function encryptedReasoningNeedsAReasoningModel(view: OpenAIView): Finding {
  const { body, traits } = view;
  const isAsked = listOf(body['include']).includes('reasoning.encrypted_content');
  return isAsked && traits?.reasons === false
    ? openAIRefusal('Encrypted content is not supported with this model.', { param: 'include' })
    : undefined;
}

/** A response is kept unless `store` is `false`; what was not kept cannot be continued by its id. */
export function previousResponseIsStored({ body, options }: OpenAIView): Finding {
  const id = textOf(body['previous_response_id']);
  if (id === '' || !options.issued || options.issued.hasResponse(id)) return undefined;
  return openAIRefusal(`Previous response with id '${id}' not found.`, {
    code: 'previous_response_not_found',
    param: 'previous_response_id',
  });
}
