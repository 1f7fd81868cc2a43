/** The rules of generateContent for functions and what goes together with them. */
import type { JsonObject } from '../../agent/json';
import { ask } from './gemini-cases';
import type { RuleCase, SentRequest } from './rule-case';
import { objectSchema, times } from './rule-case';

const weather = { name: 'weather', parametersJsonSchema: objectSchema };
const tools = (...functionDeclarations: readonly JsonObject[]): JsonObject => ({
  tools: [{ functionDeclarations }],
});
const withFunction = (overrides: JsonObject): SentRequest =>
  ask(tools({ ...weather, ...overrides }));
const withSchema = (parametersJsonSchema: JsonObject): SentRequest =>
  withFunction({ parametersJsonSchema });
const property = (city: JsonObject): SentRequest =>
  withSchema({ ...objectSchema, properties: { city } });
const calling = (functionCallingConfig: JsonObject, declared: JsonObject = tools(weather)) =>
  ask({ ...declared, toolConfig: { functionCallingConfig } });
const json = { generationConfig: { responseMimeType: 'application/json' } };
const mixed = { tools: [{ functionDeclarations: [weather] }, { googleSearch: {} }] };

export const geminiToolCases: readonly RuleCase[] = [
  {
    rule: 'functionNamesMatchThePattern',
    passes: withFunction({ name: 'files.read:all-1' }),
    refused: withFunction({ name: '1st' }),
    says: 'Invalid function name. Must start with a letter or an underscore.',
  },
  {
    rule: 'functionNamesAreUnique',
    passes: ask(tools(weather, { ...weather, name: 'dice' })),
    refused: ask(tools(weather, weather)),
    says: 'Duplicate function declaration found: weather',
  },
  {
    rule: 'functionsAreFewEnough',
    passes: ask(tools(...times(128, (index) => ({ name: `f${index}` })))),
    refused: ask(tools(...times(129, (index) => ({ name: `f${index}` })))),
  },
  {
    rule: 'fieldsAreKnown',
    passes: ask(tools({ name: 'f', parameters: { type: 'OBJECT', properties: {} } })),
    refused: ask(tools({ name: 'f', parameters: { type: 'OBJECT', additionalProperties: false } })),
    says: 'tools[0].function_declarations[0].parameters',
  },
  {
    rule: 'parametersAreGivenOnce',
    passes: withFunction({}),
    refused: withFunction({ parameters: { type: 'OBJECT' } }),
  },
  {
    rule: 'parametersAreObjects',
    passes: withSchema({ type: 'object' }),
    refused: withSchema({ type: 'string' }),
  },
  {
    rule: 'parameterNamesMatchThePattern',
    passes: property({}),
    refused: withSchema({ type: 'object', properties: { 'a-b': {} } }),
  },
  {
    rule: 'jsonSchemasUseKnownKeywords',
    passes: property({ type: 'string', pattern: '^a' }),
    refused: property({ not: { type: 'string' } }),
    says: 'parameters_json_schema: Unsupported keyword: ',
  },
  {
    rule: 'jsonSchemasUseKnownKeywords',
    passes: withSchema({
      ...objectSchema,
      properties: { city: { $ref: '#/$defs/a' } },
      $defs: { a: {} },
    }),
    refused: property({ $ref: '#', description: 'd' }),
    says: 'may only stand beside keywords that start with',
  },
  {
    rule: 'referencesHaveTargets',
    passes: property({ $ref: '#' }),
    refused: property({ $ref: '#/$defs/a' }),
    says: 'Reference to undefined schema: #/$defs/a',
  },
  {
    rule: 'functionsGoWithTheirOutput',
    passes: ask({ ...tools(weather), ...json }),
    refused: ask({ ...tools(weather), ...json }, 'gemini-2.5-flash'),
    says: "Function calling with a response mime type: 'application/json' is unsupported",
  },
  {
    rule: 'functionsGoWithBuiltInTools',
    passes: ask({ ...mixed, toolConfig: { includeServerSideToolInvocations: true } }),
    refused: ask(mixed),
    says: 'Please enable tool_config.include_server_side_tool_invocations',
  },
  {
    rule: 'functionsGoWithBuiltInTools',
    passes: ask({ tools: [{ googleSearch: {} }] }, 'gemini-2.5-flash'),
    refused: ask(mixed, 'gemini-2.5-flash'),
    says: 'Tool use with function calling is unsupported',
  },
  {
    rule: 'callingModeIsKnown',
    passes: calling({ mode: 'AUTO' }),
    refused: calling({ mode: 'REQUIRED' }),
  },
  {
    rule: 'allowedFunctionsNeedAForcedCall',
    passes: calling({ mode: 'VALIDATED', allowedFunctionNames: ['weather'] }),
    refused: calling({ mode: 'AUTO', allowedFunctionNames: ['weather'] }),
    says: 'should be set only when function calling mode is ANY.',
  },
  {
    rule: 'allowedFunctionsAreDeclared',
    passes: calling({ mode: 'ANY', allowedFunctionNames: ['weather'] }),
    refused: calling({ mode: 'ANY', allowedFunctionNames: ['dice'] }),
  },
  {
    rule: 'forcedCallsNeedFunctions',
    passes: calling({ mode: 'AUTO' }, {}),
    refused: calling({ mode: 'ANY' }, {}),
    says: 'Function calling config is set without function_declarations.',
  },
];
