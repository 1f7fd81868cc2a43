/** An agent's `output` as generateContent takes it. */
import type { GenerateContentConfig } from '@google/genai';
import type { ReActAgent } from '../../agent/agent';
import type { JsonSchema } from '../../agent/json';
import { takesOutputSchema } from './gemini-families';
import { mapSchemas, withoutKeywords } from './output-schema';

/** Nothing where the model takes none. */
export function toGeminiOutput(
  { output, tools, providerTools = [] }: ReActAgent,
  model: string,
): Pick<GenerateContentConfig, 'responseMimeType' | 'responseJsonSchema'> {
  if (!output || !takesOutputSchema(model, tools.length + providerTools.length > 0)) return {};
  return {
    responseMimeType: 'application/json',
    responseJsonSchema: mapSchemas(output, toGeminiSchema),
  };
}

/** The keywords that Google names. */
const keywords: ReadonlySet<string> = new Set(
  '$id $defs $ref $anchor type format title description enum items prefixItems minItems maxItems minimum maximum anyOf oneOf properties additionalProperties required propertyOrdering'.split(
    ' ',
  ),
);

function toGeminiSchema({ const: only, ...schema }: JsonSchema): JsonSchema {
  // Beside a reference nothing else may stand.
  if (schema['$ref'] !== undefined) {
    const kept = Object.entries(schema).filter(([keyword]) => keyword.startsWith('$'));
    return Object.fromEntries(kept) as JsonSchema;
  }
  const isEnum = typeof only === 'string' || typeof only === 'number';
  const known = isEnum
    ? { ...schema, enum: [only] }
    : { ...schema, ...(only !== undefined && { const: only }) };
  return withoutKeywords(known, (keyword) => keywords.has(keyword));
}
