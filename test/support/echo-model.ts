/** A model that says the last user message back: whoever asked can tell which question an answer belongs to. */
import { textResponse } from '../../activities/models/scripted-model';
import { contentToText } from '../../agent/messages';
import type { ReActAgent } from '../../agent/agent';
import type { Message, ModelCallOptions, StreamEvent } from '../../agent/model';
import { ModelBase, complete } from '../../agent/model';

export class EchoModel extends ModelBase {
  /** The user messages of every prompt, in the order of the calls. */
  readonly prompts: (readonly string[])[] = [];

  /** `before` is waited for before each answer. */
  constructor(
    private readonly before: (
      question: string,
      signal?: AbortSignal,
    ) => Promise<unknown> = async () => {},
  ) {
    super();
  }

  async *streamResponse(
    _agent: ReActAgent,
    inputs: readonly Message[],
    { signal }: ModelCallOptions = {},
  ): AsyncGenerator<StreamEvent> {
    const questions = inputs.flatMap((message) =>
      message.role === 'user' ? [contentToText(message.content)] : [],
    );
    this.prompts.push(questions);
    const question = questions.at(-1) ?? '';
    await this.before(question, signal);
    yield complete(textResponse(`You said: ${question}`));
  }
}
