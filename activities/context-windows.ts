/** How many tokens a model takes, as an interface. */
import type { ModelIdentity } from '../agent/model';

export interface ContextWindows {
  /** Prompt and answer together; undefined when it is not known. Nobody guesses. */
  readonly windowOf: (model: ModelIdentity) => number | undefined;
}
