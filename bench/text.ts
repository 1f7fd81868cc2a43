/** What is said, the same for every contender: 2 KB of instructions, 2 KB for each entry of a register, an 800-character answer. */

/** Words of a plain English text, the short ones more often. */
const lexicon = (
  'the of and to a in that it was for on with as by at from they had not which but were when their there been one so ' +
  'the of and to a in that it was for on with as by at from they had not which but were when their there been one so ' +
  'harbour keeper winter letter copper window market engine river number signal garden morning captain ledger storm ' +
  'bridge paper timber doctor season water village corner oil lamp station record account weather silver evening ' +
  'carried opened counted measured answered waited followed returned written painted mended lowered promised noticed ' +
  'narrow quiet early heavy bright common careful certain distant empty former general hollow native northern plain ' +
  'before after under between beyond slowly always seldom almost together twice again already rather perhaps'
).split(' ');
const corpusLength = 96 * 1_024;
const entryLength = 2_048;
/** No two entries of a thousand begin at the same place. */
const stride = 1_237;

export const instructions = fill(
  'You read registers, one entry at a time, and report what stands in them. ',
  2_048,
);

/** A server that answers as a model would reads the number of entries in here. */
export function question(entries: number): string {
  return `Read the ${entries} entries of the register, one by one, and tell me what stands in it.`;
}

/** With this word an answer begins, and nothing else has it. */
export const firstWord = 'Lighthouses';
export const answer = fill(`${firstWord} and what became of them: `, 800);

/** What the tool returns for an entry: 2,048 characters, as many bytes. */
export function entryText(entry: number): string {
  const heading = `Entry ${entry}: `;
  const start = (entry * stride) % (corpusLength - entryLength);
  return heading + corpus().slice(start, start + entryLength - heading.length);
}

function fill(beginning: string, length: number): string {
  return (beginning + sentences(length, beginning.length)).slice(0, length);
}

const corpus = once(() => sentences(corpusLength, 1).slice(0, corpusLength));

/** The same for the same seed: no randomness gets into the figures. */
function sentences(length: number, seed: number): string {
  let state = seed;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % limit;
  };
  let text = '';
  while (text.length < length) {
    const words = Array.from({ length: 6 + next(12) }, () => lexicon[next(lexicon.length)]!);
    const sentence = words.join(' ');
    text += `${sentence[0]!.toUpperCase()}${sentence.slice(1)}. `;
  }
  return text;
}

function once<Value>(make: () => Value): () => Value {
  let value: Value | undefined;
  return () => (value ??= make());
}
