/** Ways of writing one and the same request: what is done to both sides before they are compared. */
import type { RawWire } from '../raw/raw-types';
import type { Json } from '../raw/raw-json';
import { anthropicCanon } from './canonical-anthropic';
import { geminiCanon } from './canonical-gemini';
import { chatCanon, responsesCanon } from './canonical-openai';
import { jsonDifferences } from './json-difference';

export interface Sides {
  readonly recorded: Json;
  readonly ours: Json;
}

export interface Canonicalisation {
  readonly name: string;
  /** Why the provider reads both the same. */
  readonly reason: string;
  readonly apply: (sides: Sides) => Sides;
}

export const canonicalisations: Readonly<Record<RawWire, readonly Canonicalisation[]>> = {
  'openai-responses': responsesCanon,
  'openai-chat': chatCanon,
  anthropic: anthropicCanon,
  gemini: geminiCanon,
};

/** The two sides in one way of writing, and the names of those that made them more alike. */
export function canonicalise(
  wire: RawWire,
  given: Sides,
): { readonly sides: Sides; readonly applied: readonly string[] } {
  const applied: string[] = [];
  let sides = given;
  let before = countOf(sides);
  for (const { name, apply } of canonicalisations[wire]) {
    sides = apply(sides);
    const after = countOf(sides);
    if (after !== before) applied.push(name);
    before = after;
  }
  return { sides, applied };
}

function countOf({ recorded, ours }: Sides): string {
  return jsonDifferences(recorded, ours)
    .map(({ path }) => path)
    .join();
}
