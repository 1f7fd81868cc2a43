/** Gemini's rules for functions, their schemas, and what goes together with them. */
import type { JsonObject } from '../../../agent/json';
import type { Refusal } from './strict-errors';
import { geminiRefusal, ifFound } from './strict-errors';
import type { GeminiView } from './strict-gemini-view';
import { declarationPaths, hasBuiltInTool } from './strict-gemini-view';
import { findIn, firstDuplicate, isObject, listOf, objectOf, textOf } from './strict-json';
import { visitSchemas } from './strict-schema';

type Finding = Refusal | undefined;

function findInDeclarations(
  view: GeminiView,
  look: (declaration: JsonObject, path: string) => Finding,
): Finding {
  const paths = declarationPaths(view);
  return findIn(view.declarations, (declaration, index) =>
    look(declaration, `GenerateContentRequest.${paths[index] ?? ''}`),
  );
}

const namePattern = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/;

export function functionNamesMatchThePattern(view: GeminiView): Finding {
  return findInDeclarations(view, ({ name }, path) => {
    if (namePattern.test(textOf(name))) return undefined;
    return geminiRefusal(
      `* ${path}.name: [FIELD_INVALID] Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.\n`,
    );
  });
}

export function functionNamesAreUnique({ declarations }: GeminiView): Finding {
  return ifFound(
    firstDuplicate(declarations.map((declaration) => textOf(declaration['name']))),
    (name) => geminiRefusal(`Duplicate function declaration found: ${name}`),
  );
}

export function functionsAreFewEnough({ declarations }: GeminiView): Finding {
  return declarations.length > 128
    ? geminiRefusal(
        `* GenerateContentRequest.tools: at most 128 function declarations may be given, found ${declarations.length}.\n`,
      )
    : undefined;
}

export function parametersAreGivenOnce(view: GeminiView): Finding {
  return findInDeclarations(view, (declaration, path) =>
    declaration['parameters'] !== undefined && declaration['parametersJsonSchema'] !== undefined
      ? geminiRefusal(`* ${path}: only one of parameters and parameters_json_schema may be set.\n`)
      : undefined,
  );
}

export function parametersAreObjects(view: GeminiView): Finding {
  return findInDeclarations(view, (declaration, path) => {
    const [key, name] = declaration['parameters']
      ? (['parameters', 'parameters'] as const)
      : (['parametersJsonSchema', 'parameters_json_schema'] as const);
    const schema = declaration[key];
    if (schema === undefined || schema === null) return undefined;
    if (isObject(schema) && textOf(schema['type']).toLowerCase() === 'object') return undefined;
    return geminiRefusal(
      `* ${path}.${name}: [FIELD_INVALID] ${name} schema should be of type OBJECT.\n`,
    );
  });
}

/** Such a name is a field of the call's arguments. */
export function parameterNamesMatchThePattern(view: GeminiView): Finding {
  return findInDeclarations(view, (declaration, path) => {
    const schema = objectOf(declaration['parametersJsonSchema'] ?? declaration['parameters']);
    const bad = Object.keys(objectOf(schema['properties'])).find(
      (name) => !/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/.test(name),
    );
    return ifFound(bad, (name) =>
      geminiRefusal(
        `* ${path}.parameters.properties[${name}]: [FIELD_INVALID] Invalid parameter name. Must start with a letter or an underscore and contain only a-z, A-Z, 0-9 and underscores, with a maximum length of 64.\n`,
      ),
    );
  });
}

/** What Google's documentation lists, and what it was recorded to let pass. */
const knownKeywords = new Set(
  '$id $defs $ref $anchor $schema type format title description enum items prefixItems minItems maxItems minimum maximum anyOf oneOf properties additionalProperties required propertyOrdering default pattern minLength maxLength definitions nullable example'.split(
    ' ',
  ),
);

function keywordFault(schema: JsonObject): string | undefined {
  const unknown = Object.keys(schema).find((keyword) => !knownKeywords.has(keyword));
  if (unknown !== undefined) return `Unsupported keyword: "${unknown}".`;
  // Recorded: a title does no harm.
  const beside = Object.keys(schema).find(
    (keyword) => !keyword.startsWith('$') && keyword !== 'title',
  );
  return schema['$ref'] !== undefined && beside !== undefined
    ? `"$ref" may only stand beside keywords that start with "$", found "${beside}".`
    : undefined;
}

export function jsonSchemasUseKnownKeywords(view: GeminiView): Finding {
  const output = objectOf(view.generationConfig['responseJsonSchema']);
  const inOutput = visitSchemas(output, keywordFault);
  if (inOutput !== undefined) {
    return geminiRefusal(
      `* GenerateContentRequest.generation_config.response_json_schema: ${inOutput}\n`,
    );
  }
  return findInDeclarations(view, (declaration, path) =>
    ifFound(visitSchemas(objectOf(declaration['parametersJsonSchema']), keywordFault), (fault) =>
      geminiRefusal(`* ${path}.parameters_json_schema: ${fault}\n`),
    ),
  );
}

export function referencesHaveTargets(view: GeminiView): Finding {
  return findInDeclarations(view, (declaration) => {
    const root = objectOf(declaration['parametersJsonSchema']);
    const lost = visitSchemas(root, ({ $ref }) =>
      typeof $ref === 'string' && !hasTarget(root, $ref) ? $ref : undefined,
    );
    return ifFound(lost, (reference) =>
      geminiRefusal(`Reference to undefined schema: ${reference}`),
    );
  });
}

function hasTarget(root: JsonObject, reference: string): boolean {
  if (reference === '#') return true;
  const steps = reference.startsWith('#/') ? reference.slice(2).split('/') : [''];
  return (
    steps.reduce<unknown>((inner, step) => (isObject(inner) ? inner[step] : undefined), root) !==
    undefined
  );
}

export function functionsGoWithTheirOutput(view: GeminiView): Finding {
  const { declarations, generationConfig, traits } = view;
  const isJson = generationConfig['responseMimeType'] === 'application/json';
  return isJson && declarations.length > 0 && traits?.combinesTools === false
    ? geminiRefusal("Function calling with a response mime type: 'application/json' is unsupported")
    : undefined;
}

export function functionsGoWithBuiltInTools(view: GeminiView): Finding {
  const { declarations, traits, body, isVertex } = view;
  if (declarations.length === 0 || !hasBuiltInTool(view) || isVertex) return undefined;
  if (traits?.combinesTools === false) {
    return geminiRefusal('Tool use with function calling is unsupported');
  }
  return objectOf(body['toolConfig'])['includeServerSideToolInvocations'] === true
    ? undefined
    : geminiRefusal(
        'Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling.',
      );
}

export function callingModeIsKnown({ callingConfig }: GeminiView): Finding {
  const { mode } = callingConfig;
  const isKnown = ['AUTO', 'ANY', 'NONE', 'VALIDATED', 'MODE_UNSPECIFIED'].includes(textOf(mode));
  return mode === undefined || isKnown
    ? undefined
    : geminiRefusal(
        `Invalid value at 'tool_config.function_calling_config.mode' (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode), "${textOf(mode)}"`,
      );
}

export function allowedFunctionsNeedAForcedCall({ callingConfig }: GeminiView): Finding {
  const isForced = callingConfig['mode'] === 'ANY' || callingConfig['mode'] === 'VALIDATED';
  return listOf(callingConfig['allowedFunctionNames']).length > 0 && !isForced
    ? geminiRefusal(
        '* GenerateContentRequest.tool_config.function_calling_config.allowed_function_names: allowed_function_names should be set only when function calling mode is ANY.\n',
      )
    : undefined;
}

export function allowedFunctionsAreDeclared(view: GeminiView): Finding {
  const names = view.declarations.map((declaration) => declaration['name']);
  const missing = listOf(view.callingConfig['allowedFunctionNames']).find(
    (name) => !names.includes(name),
  );
  return ifFound(missing, (name) =>
    geminiRefusal(
      `* GenerateContentRequest.tool_config.function_calling_config.allowed_function_names: ${textOf(name)} is not a declared function.\n`,
    ),
  );
}

export function forcedCallsNeedFunctions({ callingConfig, declarations }: GeminiView): Finding {
  return callingConfig['mode'] === 'ANY' && declarations.length === 0
    ? geminiRefusal('Function calling config is set without function_declarations.')
    : undefined;
}
