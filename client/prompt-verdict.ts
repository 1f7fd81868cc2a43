/** Whether a rebuilt prompt is what was sent, and what is known when it is not. Pure. */

/** `unrecorded`: nothing tells what was sent, for there is no answer. */
export type PromptVerdict = 'identical' | 'differs' | 'unrecorded';

export interface Comparison {
  readonly digest: string;
  readonly sentDigest: string | undefined;
  /** Whether the messages are proven to be those of the call. The agent always is. */
  readonly isProven: boolean;
  /** As the agent has it. */
  readonly modelName: string;
}

export interface Compared {
  readonly verdict: PromptVerdict;
  readonly differences: readonly string[];
}

export function comparePrompt({ digest, sentDigest, isProven, modelName }: Comparison): Compared {
  if (digest === sentDigest) return { verdict: 'identical', differences: [] };
  const doubt =
    'The messages are not those of the call: replayed, the conversation has another digest there. ' +
    'Their texts are made otherwise than by the version of Holdfast that ran it.';
  if (sentDigest === undefined) {
    return { verdict: 'unrecorded', differences: isProven ? [] : [doubt] };
  }
  const otherwise =
    'The messages and the agent are those of the call, both proven by their digests. So the request is made otherwise ' +
    `than it was then: by another version of Holdfast, or because \`${modelName}\` names another model.`;
  return { verdict: 'differs', differences: [isProven ? otherwise : doubt] };
}
