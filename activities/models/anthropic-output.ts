/** An agent's `output` as the Messages API takes it. */
import type { JSONOutputFormat } from '@anthropic-ai/sdk/resources/messages';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type { JsonSchema } from '../../agent/json';
import { rulesFor } from './anthropic-families';
import { allSchemas, isOpen, isRecursive } from './output-schema';

/** `undefined` where the model, or the API for this schema, takes none. */
export function toAnthropicOutputFormat(
  output: JsonSchema | undefined,
  model: string,
): JSONOutputFormat | undefined {
  if (!output || !rulesFor(model).takesOutputSchema || !fits(output)) return undefined;
  try {
    // What the API does not take, the SDK says in the descriptions.
    const schema = transformJSONSchema(output) as JSONOutputFormat['schema'];
    return { type: 'json_schema', schema };
  } catch {
    return undefined;
  }
}

/** The API closes every object, follows references into `$defs` alone, and knows no schema that holds itself. */
function fits(output: JsonSchema): boolean {
  if (isRecursive(output)) return false;
  return allSchemas(output).every((schema) => {
    const { $ref, type } = schema;
    const isOwn = $ref === undefined || (typeof $ref === 'string' && $ref.startsWith('#/$defs/'));
    const isOneType = !Array.isArray(type) || !(type.includes('object') || type.includes('array'));
    return isOwn && isOneType && !isOpen(schema);
  });
}
