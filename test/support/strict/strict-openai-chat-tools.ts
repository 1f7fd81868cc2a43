/** Chat Completions' rules for tools: nested under `function`, otherwise as in Responses. */
import type { Refusal } from './strict-errors';
import { openAIFault, openAIRefusal } from './strict-errors';
import { findIn, isObject, objectOf, textOf } from './strict-json';
import * as schemas from './strict-openai-tools';
import type { OpenAIView } from './strict-openai-view';

type Finding = Refusal | undefined;

function placedFunctions({ tools }: OpenAIView): readonly schemas.PlacedFunction[] {
  return tools.flatMap((tool, index) =>
    tool['type'] === 'function' && isObject(tool['function'])
      ? [{ definition: tool['function'], path: `tools[${index}].function` }]
      : [],
  );
}

/** A tool that is flat as in Responses has no function here. */
export function toolsAreFunctions({ tools, options }: OpenAIView): Finding {
  return findIn(tools, (tool, index) => {
    if (tool['type'] === undefined) return openAIFault.missing(`tools[${index}].type`);
    if (tool['type'] !== 'function') {
      return tool['type'] === 'custom' || options.isCompatible
        ? undefined
        : openAIFault.badValue(
            `tools[${index}].type`,
            textOf(tool['type']),
            "'function' and 'custom'",
          );
    }
    return isObject(tool['function']) ? undefined : openAIFault.missing(`tools[${index}].function`);
  });
}

export function toolNamesMatchThePattern(view: OpenAIView): Finding {
  return schemas.functionNamesFault(placedFunctions(view));
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

/** Gateways hand strict schemas to models that do not mind (recorded). */
export function strictToolsFitTheSubset(view: OpenAIView): Finding {
  if (view.options.isCompatible) return undefined;
  return schemas.strictFunctionsFault(placedFunctions(view));
}

export function toolChoiceIsPossible({ body, tools }: OpenAIView): Finding {
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return undefined;
  if (tools.length === 0) {
    return openAIRefusal(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      { param: 'tool_choice' },
    );
  }
  if (typeof choice === 'string') {
    return ['none', 'auto', 'required'].includes(choice)
      ? undefined
      : openAIFault.badValue('tool_choice', choice, "'none', 'auto', and 'required'");
  }
  const { type, function: given } = objectOf(choice);
  if (type !== 'function') return undefined;
  const { name } = objectOf(given);
  if (typeof name !== 'string') return openAIFault.missing('tool_choice.function');
  return tools.some((tool) => objectOf(tool['function'])['name'] === name)
    ? undefined
    : openAIRefusal(
        `Invalid value for 'tool_choice': '${name}' is not among the tools that were specified.`,
        { param: 'tool_choice' },
      );
}

export function parallelCallsNeedTools({ body, tools }: OpenAIView): Finding {
  return typeof body['parallel_tool_calls'] === 'boolean' && tools.length === 0
    ? openAIRefusal(
        "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
        { param: 'parallel_tool_calls' },
      )
    : undefined;
}
