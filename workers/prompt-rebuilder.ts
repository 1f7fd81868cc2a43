/** From a call's pointer to the request that its model sent: the transcript is replayed, the adapter does the rest. */
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { Pointer } from '../activities/contract';
import { getModelForName } from '../activities/models/model-for-name';
import { type ReActAgent, agentAtStep } from '../agent/agent';
import type { ModelBase, ModelRequest } from '../agent/model';
import { readEnvironment } from './environment';
import { type WorkflowCode, replayTranscript } from './replay-transcript';
import { bundleSettings, workflowBundleAt, workflowCode } from './workflow-code';

export interface RebuildRequest {
  /** The conversation, which is part of the prompt of some providers. */
  readonly id: string;
  /** Of the run that made the call, from its first event on. */
  readonly history: History;
  readonly pointer: Pointer;
  /** The one that the pointer is pinned to. */
  readonly agent: ReActAgent;
  readonly step: number;
  /** @default {} */
  readonly modelAliases?: Readonly<Record<string, string>> | undefined;
  /** Models by exact name, asked before every provider. @default {} */
  readonly models?: Readonly<Record<string, ModelBase>> | undefined;
}

export interface RebuiltPrompt {
  readonly request: ModelRequest;
  /** The model's name as the agent has it: it may be an alias. */
  readonly modelName: string;
  readonly messages: number;
  /** Whether the messages are proven to be those of the call. The agent always is. */
  readonly isProven: boolean;
}

/** Its workflow code is made once. */
export class PromptRebuilder {
  private code: Promise<WorkflowCode> | undefined;

  /**
   * @throws Error when the history does not lead to the call; when the model cannot tell what it sends; ModelError
   * when no provider knows its name.
   */
  async rebuild({
    id,
    history,
    pointer,
    agent: pinned,
    step,
    modelAliases = {},
    models = {},
  }: RebuildRequest): Promise<RebuiltPrompt> {
    const code = await (this.code ??= replayCode());
    const { messages, isProven } = await replayTranscript({ id, history, pointer, code });
    const agent = agentAtStep(pinned, step, messages);
    const own = Object.hasOwn(models, agent.model) ? models[agent.model] : undefined;
    // No environment: a key is not needed to say what would be sent.
    const model = own ?? getModelForName(agent.model, { aliases: modelAliases });
    const request = model.toRequest(agent, messages, { conversationId: id });
    if (!request) {
      throw new Error(
        `the model \`${agent.model}\` cannot tell what it sends: it has no \`toRequest\``,
      );
    }
    return { request, modelName: agent.model, messages: messages.length, isProven };
  }
}

/** The bundle of a worker, where there is one: from source it is made here. */
async function replayCode(): Promise<WorkflowCode> {
  const bundle = readEnvironment().HOLDFAST_WORKFLOW_BUNDLE;
  if (bundle !== undefined) return { workflowBundle: await workflowBundleAt(bundle) };
  const code = workflowCode();
  if ('workflowBundle' in code) return code;
  const logger = new DefaultLogger('ERROR');
  return { workflowBundle: await bundleWorkflowCode({ ...bundleSettings(), ...code, logger }) };
}
