/** Puts agents into anyone's worker: activities, sinks, data converter and, where there is none, the workflow. */
import { SimplePlugin } from '@temporalio/plugin';
import type { PayloadCodec } from '@temporalio/common';
import type {
  BundleOptions,
  InjectedSinks,
  ReplayWorkerOptions,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import { Runtime } from '@temporalio/worker';
import type { AgentActivities, ExecutionSettings, TranscriptSinks } from '../activities/contract';
import { createActivities } from '../activities/create-activities';
import { getModelForName } from '../activities/models/model-for-name';
import type { OwnPrices } from '../activities/own-prices';
import { createPrices } from '../activities/own-prices';
import { TranscriptCache } from '../activities/transcript-cache';
import { Transcripts } from '../activities/transcripts';
import type { ExecutableAgent } from '../agent/agent';
import type { ModelBase } from '../agent/model';
import { withDataConverter } from '../wire/data-converter';
import type { DeltaChannel } from '../wire/delta-channel';
import { createDeltaChannel } from '../wire/delta-settings';
import {
  type Environment,
  deltaSettingsOf,
  executionSettings,
  readEnvironment,
} from './environment';
import { planMemory } from './memory-plan';
import { bundleSettings, workflowCode } from './workflow-code';

export interface HoldfastOptions {
  /** The agents that this worker runs, with their tools. */
  readonly agents: readonly ExecutableAgent[];
  /** Other names for models: `{ fast: 'openai:gpt-5-mini' }`. */
  readonly modelAliases?: Readonly<Record<string, string>>;
  /** What models cost in US dollars, over what providers charge and the built-in list says. @default {} */
  readonly prices?: OwnPrices;
  /** Models by exact name, asked before every provider: your own, or a `ScriptedModel`. */
  readonly models?: Readonly<Record<string, ModelBase>>;
  /** Over what the environment says. See `ExecutionSettings`. */
  readonly execution?: Partial<ExecutionSettings>;
  /** @default process.env, parsed */
  readonly environment?: Environment;
  /** For tests: what the worker remembers of its conversations. @default as much as `planMemory` says */
  readonly transcripts?: Transcripts;
  /** For tests: where pieces of an answer go while it is generated. @default where the environment says */
  readonly deltas?: DeltaChannel;
}

/** At most so many activities of one workflow task start in its own process: the parallel tools of one step. */
const eagerActivities = 32;

export class HoldfastPlugin extends SimplePlugin {
  /** What the worker remembers of its conversations. */
  readonly transcripts: Transcripts;
  private readonly deltas: DeltaChannel;
  private readonly heartbeatThrottleMs: number;

  constructor(options: HoldfastOptions) {
    const environment = options.environment ?? readEnvironment();
    const limitBytes = planMemory(environment).transcriptCacheMib * 1024 * 1024;
    const transcripts = options.transcripts ?? new Transcripts(new TranscriptCache({ limitBytes }));
    let codecs: readonly PayloadCodec[] = [];
    const deltas =
      options.deltas ??
      createDeltaChannel(deltaSettingsOf(environment), {
        codecs: () => codecs,
        onTrouble: (line) => Runtime.instance().logger.warn(line),
      });
    const activities: AgentActivities = createActivities({
      agents: options.agents,
      execution: { ...executionSettings(environment), ...options.execution },
      modelForName: modelFinder(options, environment),
      prices: createPrices({ own: options.prices }),
      transcripts,
      deltas,
    });
    super({
      name: 'holdfast',
      activities,
      dataConverter: (own) => {
        const converter = withDataConverter(own);
        codecs = converter.payloadCodecs ?? [];
        return converter;
      },
    });
    this.transcripts = transcripts;
    this.deltas = deltas;
    this.heartbeatThrottleMs = environment.HOLDFAST_DELTA_INTERVAL_MS;
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    const configured = super.configureWorker(options);
    return {
      ...configured,
      ...(!configured.workflowsPath && !configured.workflowBundle && workflowCode()),
      sinks: { ...configured.sinks, ...this.sinks() },
      maxHeartbeatThrottleInterval:
        configured.maxHeartbeatThrottleInterval ?? this.heartbeatThrottleMs,
      maxEagerActivityReservationsPerWorkflowTask:
        configured.maxEagerActivityReservationsPerWorkflowTask ?? eagerActivities,
    };
  }

  override async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    try {
      await super.runWorker(worker, next);
    } finally {
      await this.deltas.close();
    }
  }

  /** A replay must not fill anyone's cache. */
  override configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    const configured = super.configureReplayWorker(options);
    const nothing = { fn: () => undefined, callDuringReplay: false };
    return {
      ...configured,
      ...(!configured.workflowsPath && !configured.workflowBundle && workflowCode()),
      sinks: { ...configured.sinks, transcript: { append: nothing, pin: nothing } },
    };
  }

  override configureBundler(options: BundleOptions): BundleOptions {
    const configured = super.configureBundler(options);
    return { ...configured, ...bundleSettings(configured) };
  }

  private sinks(): InjectedSinks<TranscriptSinks> {
    return {
      transcript: {
        append: {
          fn: ({ namespace, workflowId }, epoch, entries) =>
            this.transcripts.append(`${namespace}/${workflowId}`, epoch, entries),
          callDuringReplay: true,
        },
        pin: { fn: (_info, pinned) => this.transcripts.pin(pinned), callDuringReplay: true },
      },
    };
  }
}

/**
 * @throws TypeError when agents or tools share a name, or the environment is not usable.
 */
export function holdfastPlugin(options: HoldfastOptions): HoldfastPlugin {
  return new HoldfastPlugin(options);
}

function modelFinder(
  { models = {}, modelAliases = {} }: HoldfastOptions,
  environment: Environment,
): (name: string) => ModelBase {
  const found = new Map<string, ModelBase>(Object.entries(models));
  return (name) => {
    const known = found.get(name);
    if (known) return known;
    const variables = toVariables(environment);
    const model = getModelForName(name, { aliases: modelAliases, environment: variables });
    found.set(name, model);
    return model;
  };
}

function toVariables(environment: Environment): Record<string, string> {
  const given = Object.entries(environment).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
