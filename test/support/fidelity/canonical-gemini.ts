/** Two ways of saying the same to Gemini. */
import { isRecord, list, record, records, text, type Json } from '../raw/raw-json';
import type { Canonicalisation } from './canonical';
import { both, eachIn, without, withoutNothing } from './canonical-steps';

/** Applied before a request is read, too. */
export const geminiSpelling: readonly Canonicalisation[] = [
  {
    name: 'names in camel case',
    reason: 'Google’s JSON takes `file_uri` for `fileUri`.',
    apply: both((body) => inCamelCase(body) as Json),
  },
  {
    name: 'Base64 of either alphabet',
    reason: 'Google’s JSON takes `-` and `_` for `+` and `/`.',
    apply: both((body) => eachPart(body, inStandardBase64)),
  },
  {
    name: 'schemas as JSON Schema',
    reason: '`parameters` is the same schema in Google’s dialect: types in capitals.',
    apply: both((body) =>
      eachIn(body, 'tools', (tool) =>
        eachIn(tool, 'functionDeclarations', ({ parameters, ...declaration }) =>
          parameters === undefined
            ? declaration
            : { ...declaration, parametersJsonSchema: toJsonSchema(parameters) },
        ),
      ),
    ),
  },
];

export const geminiCanon: readonly Canonicalisation[] = [
  ...geminiSpelling,
  {
    name: 'fields that say nothing',
    reason: '`null` and an empty field that may be left out are its absence.',
    apply: withoutNothing(['description', 'generationConfig']),
  },
  {
    name: 'role of the instructions',
    reason: 'The role of `systemInstruction` is not read, and a content without one is the user’s.',
    apply: both((body) => {
      const { systemInstruction } = body;
      const content = eachIn(body, 'contents', (it) => ({ role: 'user', ...it }));
      return isRecord(systemInstruction)
        ? { ...content, systemInstruction: without(systemInstruction, 'role') }
        : content;
    }),
  },
  {
    name: 'declarations in one tool',
    reason: 'Declarations may be one list or several, provider-run tools before them or behind.',
    apply: both((body) => {
      const tools = records(body['tools']);
      if (tools.length === 0) return body;
      const declared = tools.flatMap((it) => list(it['functionDeclarations']));
      const others = tools.filter((it) => !('functionDeclarations' in it));
      const ours = declared.length > 0 ? [{ functionDeclarations: declared }] : [];
      return { ...body, tools: [...ours, ...others] };
    }),
  },
  {
    name: 'word for an unsigned call',
    reason: 'It is taken plain and in Base64, and says that there is no signature.',
    apply: both((body) =>
      eachPart(body, (part) =>
        text(part['thoughtSignature']) === unsigned ? without(part, 'thoughtSignature') : part,
      ),
    ),
  },
  {
    name: 'texts of one answer',
    reason: 'Unsigned texts that follow each other in an answer are pieces of one.',
    apply: both((body) =>
      eachIn(body, 'contents', (content) =>
        content['role'] === 'model'
          ? { ...content, parts: joined(records(content['parts'])) }
          : content,
      ),
    ),
  },
];

const unsigned = 'skip_thought_signature_validator';

function eachPart(body: Json, change: (part: Json) => Json): Json {
  return eachIn(body, 'contents', (content) => eachIn(content, 'parts', change));
}

function inStandardBase64(part: Json): Json {
  const { inlineData, thoughtSignature } = part;
  const data = record(inlineData)['data'];
  const toStandard = (value: string) => value.replace(/-/g, '+').replace(/_/g, '/');
  const signature = text(thoughtSignature);
  return {
    ...part,
    ...(typeof data === 'string' && {
      inlineData: { ...record(inlineData), data: toStandard(data) },
    }),
    ...(signature && {
      thoughtSignature:
        signature === unsigned || isMark(signature) ? unsigned : toStandard(signature),
    }),
  };
}

function isMark(signature: string): boolean {
  return Buffer.from(signature, 'base64').toString() === unsigned;
}

/** What is a name of Google's own, and no key of arguments, answers or schemas. */
const opaque =
  /^(args|response|parameters|parametersJsonSchema|responseJsonSchema|responseSchema)$/;

function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
      return [name, opaque.test(name) ? inner : inCamelCase(inner)];
    }),
  );
}

/** `nullable` is a type more. */
function toJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (!isRecord(schema)) return schema;
  const { type, properties, nullable, ...rest } = schema;
  const lower = typeof type === 'string' ? type.toLowerCase() : type;
  return {
    ...Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [
        key,
        key === 'items' || key === 'anyOf' ? toJsonSchema(value) : value,
      ]),
    ),
    ...(type !== undefined && { type: nullable === true ? [lower, 'null'] : lower }),
    ...(isRecord(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, toJsonSchema(value)]),
      ),
    }),
  };
}

function joined(parts: readonly Json[]): readonly Json[] {
  return parts.reduce<readonly Json[]>((all, next) => {
    const last = all.at(-1);
    const isPiece = last && isPlainText(last) && isPlainText(next);
    return isPiece
      ? [...all.slice(0, -1), { text: text(last['text']) + text(next['text']) }]
      : [...all, next];
  }, []);
}

function isPlainText(part: Json): boolean {
  return typeof part['text'] === 'string' && Object.keys(part).length === 1;
}
