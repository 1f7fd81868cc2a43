/** What our requests say otherwise than the recorded ones, and why. What fits none of these is unexplained. */
import { isRecord, list, records, text, type Json } from '../raw/raw-json';
import type { JsonDifference } from './json-difference';

interface DifferenceKind {
  readonly name: string;
  readonly reason: string;
  readonly fits: (difference: JsonDifference) => boolean;
}

export const differenceKinds: readonly DifferenceKind[] = [
  {
    name: 'an empty answer',
    reason:
      'Memory does not tell an answer of one empty text from one of nothing: it is left out beside calls, and a placeholder where some part is demanded.',
    fits: ({ path, recorded, ours }) =>
      (path.endsWith('.text') && recorded === '' && ours === '(no content)') ||
      (path === 'input' &&
        sameItems(
          records(recorded).filter((it) => !isEmptyText(it)),
          ours,
        )),
  },
  {
    name: 'unsigned thoughts',
    reason: 'Thoughts that Gemini did not sign say nothing to it; ours are not sent back.',
    fits: ({ path, recorded, ours }) =>
      path.endsWith('.parts') &&
      sameItems(
        records(recorded).filter((it) => it['thought'] !== true || it['thoughtSignature']),
        ours,
      ),
  },
  {
    name: 'texts joined',
    reason:
      'Texts and nothing else become one: not every server of Chat Completions knows parts, and pieces of one answer are its text.',
    fits: ({ path, recorded, ours }) =>
      path.endsWith('.content') && withoutSpace(textsOf(recorded)) === withoutSpace(textsOf(ours)),
  },
  {
    name: 'a root schema completed',
    reason:
      'A schema of an object without `properties` is given none: some models refuse it otherwise.',
    fits: ({ path, recorded, ours }) =>
      /(input_schema|parameters|parametersJsonSchema)\.properties$/.test(path) &&
      recorded === undefined &&
      isRecord(ours) &&
      Object.keys(ours).length === 0,
  },
  {
    name: 'an output’s schema made strict',
    reason:
      'A provider holds the model to a schema whose objects are closed and whose fields are required in their order; a keyword that it does not take is said in the description.',
    fits: ({ path, recorded, ours }) =>
      /^(text\.format|response_format|output_config\.format|generationConfig\.responseJsonSchema)\b/.test(
        path,
      ) &&
      ((path.endsWith('.additionalProperties') && recorded === undefined && ours === false) ||
        (/\.required(\.\d+)?$/.test(path) && ours !== undefined) ||
        (path.endsWith('.description') && text(ours).includes('Rules: {')) ||
        (/\.(\$schema|minLength|maxLength|pattern|format|default)$/.test(path) &&
          ours === undefined)),
  },
  {
    name: 'tools of both kinds',
    reason:
      'Gemini’s API has to be told that it runs some tools beside ours; Vertex AI does not know the field.',
    fits: ({ path, recorded }) =>
      path === 'toolConfig.includeServerSideToolInvocations' && recorded === undefined,
  },
  {
    name: 'the user first',
    reason: 'A conversation begins with its user: newer models refuse another beginning.',
    fits: ({ path, recorded, ours }) =>
      /^(messages|contents)$/.test(path) && sameItems(records(recorded), list(ours).slice(1)),
  },
  {
    name: 'a breakpoint on an answer',
    reason:
      'Blocks of an answer are the model’s: the prompt is cached up to the last user message.',
    fits: ({ path, ours }) => path.endsWith('.cache_control') && ours === undefined,
  },
  {
    name: 'the name of a file',
    reason: 'A resource is named by the last part of its address.',
    fits: ({ path, recorded, ours }) =>
      path.endsWith('.filename') && text(recorded).endsWith(`/${text(ours)}`),
  },
  {
    name: 'a linked image of a result',
    reason:
      'What a tool links to is named and not fetched: an address that stops answering would be refused in every later call.',
    fits: ({ path, recorded, ours }) =>
      path.endsWith('.output') &&
      records(recorded).some((it) => text(it['image_url']).startsWith('http')) &&
      text(ours).includes('[resource '),
  },
  {
    name: 'arguments that came in pieces',
    reason: 'Streamed fragments of arguments are put together, and sent back whole.',
    fits: ({ path, recorded, ours }) =>
      (path.endsWith('.partialArgs') && ours === undefined) ||
      (path.endsWith('.args') && recorded === undefined) ||
      (path.endsWith('.functionResponse.id') && ours === undefined),
  },
];

export const unexplained = 'unexplained';

export function kindOf(difference: JsonDifference): string {
  return differenceKinds.find(({ fits }) => fits(difference))?.name ?? unexplained;
}

function isEmptyText({ content }: Json): boolean {
  return content === '';
}

/** Ours may be short by a marker of the prompt's cache, which is compared where the lists are equally long. */
function sameItems(left: readonly unknown[], right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).filter((key) => key !== 'cache_control');
  return Object.fromEntries(keys.sort().map((key) => [key, sorted(value[key])]));
}

function textsOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => (isRecord(part) && part['type'] === 'text' ? text(part['text']) : '\0'))
    .join('');
}

function withoutSpace(words: string): string {
  return words.replace(/\s+/g, '');
}
