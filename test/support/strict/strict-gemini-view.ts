/** A request to Gemini's generateContent as the rules see it. */
import type { JsonObject } from '../../../agent/json';
import type { UnknownField } from './strict-gemini-fields';
import { findUnknownField, inCamelCase } from './strict-gemini-fields';
import { isObject, objectOf, objectsOf, textOf } from './strict-json';
import type { GeminiTraits } from './strict-models';
import { geminiTraits } from './strict-models';
import type { CheckOptions, RequestHeaders } from './strict-request';

export interface GeminiContent {
  readonly role: string;
  readonly parts: readonly JsonObject[];
  readonly calls: readonly JsonObject[];
  readonly responses: readonly JsonObject[];
}

export interface GeminiView {
  /** In camel case. */
  readonly body: JsonObject;
  readonly unknownField: UnknownField | undefined;
  readonly headers: RequestHeaders;
  readonly options: CheckOptions;
  /** `v1`, `v1beta` … */
  readonly apiVersion: string;
  /** Google Cloud's API is laxer in places. */
  readonly isVertex: boolean;
  readonly model: string;
  readonly traits: GeminiTraits | undefined;
  readonly contents: readonly GeminiContent[];
  /** Consecutive contents of one role are one to Google (recorded): calls and responses pair up over them. */
  readonly turns: readonly GeminiContent[];
  readonly declarations: readonly JsonObject[];
  readonly generationConfig: JsonObject;
  readonly thinkingConfig: JsonObject;
  readonly callingConfig: JsonObject;
}

/** `/v1beta/models/gemini-3-flash-preview:streamGenerateContent` */
const pathPattern = /\/(v\d\w*)\/(?:.*\/)?models\/([^/:]+):\w+/;

export function modelOfPath(path: string): string {
  return pathPattern.exec(path)?.[2] ?? '';
}

export function geminiView(
  given: JsonObject,
  headers: RequestHeaders,
  options: CheckOptions,
): GeminiView {
  const { path = '' } = options;
  const model = modelOfPath(path);
  const body = inCamelCase(given) as JsonObject;
  const generationConfig = objectOf(body['generationConfig']);
  const contents = objectsOf(body['contents']).map(toContent);
  return {
    body,
    unknownField: findUnknownField(given),
    headers,
    options,
    apiVersion: pathPattern.exec(path)?.[1] ?? 'v1beta',
    isVertex: path.includes('/publishers/google/'),
    model,
    traits: geminiTraits(model),
    contents,
    turns: mergeTurns(contents),
    declarations: objectsOf(body['tools']).flatMap((tool) =>
      objectsOf(tool['functionDeclarations']),
    ),
    generationConfig,
    thinkingConfig: objectOf(generationConfig['thinkingConfig']),
    callingConfig: objectOf(objectOf(body['toolConfig'])['functionCallingConfig']),
  };
}

function toContent(content: JsonObject): GeminiContent {
  const parts = objectsOf(content['parts']);
  return {
    role: textOf(content['role']) || 'user',
    parts,
    calls: parts.filter((part) => isObject(part['functionCall'])),
    responses: parts.filter((part) => isObject(part['functionResponse'])),
  };
}

function mergeTurns(contents: readonly GeminiContent[]): readonly GeminiContent[] {
  const turns: GeminiContent[] = [];
  for (const content of contents) {
    const last = turns.at(-1);
    if (last?.role !== content.role) turns.push(content);
    else turns[turns.length - 1] = merge(last, content);
  }
  return turns;
}

function merge(first: GeminiContent, second: GeminiContent): GeminiContent {
  return {
    role: first.role,
    parts: [...first.parts, ...second.parts],
    calls: [...first.calls, ...second.calls],
    responses: [...first.responses, ...second.responses],
  };
}

/** Where each function declaration stands, as Google writes it. */
export function declarationPaths({ body }: GeminiView): readonly string[] {
  return objectsOf(body['tools']).flatMap((tool, toolIndex) =>
    objectsOf(tool['functionDeclarations']).map(
      (_, index) => `tools[${toolIndex}].function_declarations[${index}]`,
    ),
  );
}

/** Anything that Google would run itself: search, code, URLs. */
export function hasBuiltInTool({ body }: GeminiView): boolean {
  return objectsOf(body['tools']).some((tool) =>
    Object.keys(tool).some((key) => key !== 'functionDeclarations' && key !== 'mcpServers'),
  );
}
