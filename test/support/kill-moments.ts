/** Moments at which a worker can be killed in transit, and how each is told from the calls that pass. */
import { temporal } from '@temporalio/proto';
import type { Passing } from './kill-proxy';

const { workflowservice, enums } = temporal.api;
const { v1: messages } = workflowservice;

/** What is going on, and its moments: a call that is sent and has not arrived, or that was taken and is not answered. */
export const momentsIn = {
  'continue-as-new': [
    'continue-as-new not sent',
    'continue-as-new not acknowledged',
    'new run on its way',
    'new run’s first task not sent',
    'new run’s first task not acknowledged',
  ],
  compaction: [
    'summary being written',
    'summary not asked for yet',
    'summary asked for, not acknowledged',
    'summary not sent',
    'summary not acknowledged',
    'what follows the summary not sent',
    'continue-as-new after the summary not sent',
    'continue-as-new after the summary not acknowledged',
  ],
  'cache-miss': [
    'query not sent, asker killed',
    'page on its way, asker killed',
    'query on its way, answerer killed',
    'page not sent, answerer killed',
  ],
} as const;

export type Transit = keyof typeof momentsIn;
export type TransitMoment = (typeof momentsIn)[Transit][number];

/** A moment that a call is at. */
export interface Sighting {
  readonly moment: TransitMoment;
  readonly conversation: string;
}

interface WorkflowTask {
  readonly conversation: string;
  readonly runId: string;
  readonly isFirstOfContinued: boolean;
}

interface RunFacts {
  /** How far its summary has come, if one was asked for. */
  summary?: 'asked' | 'written';
}

type TaskAnswer = temporal.api.workflowservice.v1.IPollWorkflowTaskQueueResponse;
type ActivityAnswer = temporal.api.workflowservice.v1.IPollActivityTaskQueueResponse;

/** Sees every call of all workers, and knows by that what each stands for. */
export class MomentWatch {
  private readonly tasks = new Map<string, WorkflowTask>();
  private readonly queries = new Map<string, string>();
  /** Calls of `summarize`: task token → conversation. */
  private readonly summaries = new Map<string, string>();
  private readonly runs = new Map<string, RunFacts>();
  /** Who completed the conversation's last workflow task, and who asked it last. */
  private readonly owners = new Map<string, number>();
  private readonly askers = new Map<string, number>();

  /** @returns the moment at which worker `pid` would be killed if it were now. */
  see(pid: number, passing: Passing): Sighting | undefined {
    switch (passing.method) {
      case 'PollWorkflowTaskQueue':
        return passing.response && this.taskGiven(pid, passing.response);
      case 'RespondWorkflowTaskCompleted':
        return this.taskCompleted(pid, passing);
      case 'PollActivityTaskQueue':
        if (passing.response) {
          this.activityGiven(messages.PollActivityTaskQueueResponse.decode(passing.response));
        }
        return undefined;
      case 'RespondActivityTaskCompleted':
        return this.activityCompleted(passing);
      case 'QueryWorkflow':
        return this.asked(pid, passing);
      case 'RespondQueryTaskCompleted':
        return this.answered(pid, passing);
      default:
        return undefined;
    }
  }

  private taskGiven(pid: number, response: Uint8Array): Sighting | undefined {
    const task = messages.PollWorkflowTaskQueueResponse.decode(response);
    const known = this.rememberTask(task);
    if (!known) return undefined;
    const { conversation } = known;
    if (task.query?.queryType === 'transcript') {
      this.queries.set(keyOf(task.taskToken), conversation);
      const isOther = this.askers.get(conversation) !== pid;
      return isOther ? { moment: 'query on its way, answerer killed', conversation } : undefined;
    }
    return known.isFirstOfContinued && !task.query
      ? { moment: 'new run on its way', conversation }
      : undefined;
  }

  private taskCompleted(pid: number, passing: Passing): Sighting | undefined {
    const { taskToken, commands } = messages.RespondWorkflowTaskCompletedRequest.decode(
      passing.request,
    );
    const task = this.tasks.get(keyOf(taskToken));
    if (!task) return undefined;
    const isBack = passing.response !== undefined;
    const run = this.factsOf(task.runId);
    const asksForSummary = commands.some(
      ({ scheduleActivityTaskCommandAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'summarize',
    );
    const leaves = commands.some(
      ({ commandType }) =>
        commandType === enums.v1.CommandType.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
    );
    const moment = momentOf({ ...task, isBack, leaves, asksForSummary, summary: run.summary });
    if (passing.response) {
      this.owners.set(task.conversation, pid);
      if (asksForSummary) run.summary = 'asked';
      else if (run.summary === 'written') delete run.summary;
      const answer = messages.RespondWorkflowTaskCompletedResponse.decode(passing.response);
      if (answer.workflowTask) this.rememberTask(answer.workflowTask);
      for (const activity of answer.activityTasks) this.activityGiven(activity);
    }
    return moment && { moment, conversation: task.conversation };
  }

  private activityCompleted({ request, response }: Passing): Sighting | undefined {
    const { taskToken } = messages.RespondActivityTaskCompletedRequest.decode(request);
    const conversation = this.summaries.get(keyOf(taskToken));
    if (conversation === undefined) return undefined;
    return { moment: response ? 'summary not acknowledged' : 'summary not sent', conversation };
  }

  private asked(pid: number, { request, response }: Passing): Sighting | undefined {
    const { execution, query } = messages.QueryWorkflowRequest.decode(request);
    const conversation = execution?.workflowId;
    if (!conversation || query?.queryType !== 'transcript') return undefined;
    this.askers.set(conversation, pid);
    // What a worker asks of itself is no matter of two.
    if (this.owners.get(conversation) === pid) return undefined;
    const moment = response ? 'page on its way, asker killed' : 'query not sent, asker killed';
    return { moment, conversation };
  }

  private answered(pid: number, { request, response }: Passing): Sighting | undefined {
    const { taskToken } = messages.RespondQueryTaskCompletedRequest.decode(request);
    const conversation = this.queries.get(keyOf(taskToken));
    if (conversation === undefined || response || this.askers.get(conversation) === pid) {
      return undefined;
    }
    return { moment: 'page not sent, answerer killed', conversation };
  }

  private rememberTask(task: TaskAnswer): WorkflowTask | undefined {
    const { workflowExecution: execution, taskToken, history } = task;
    if (!taskToken?.length || !execution?.workflowId || !execution.runId) return undefined;
    const events = history?.events ?? [];
    const started = events[0]?.workflowExecutionStartedEventAttributes;
    const known = {
      conversation: execution.workflowId,
      runId: execution.runId,
      isFirstOfContinued:
        Boolean(started?.continuedExecutionRunId) && Number(task.previousStartedEventId ?? 0) === 0,
    };
    this.tasks.set(keyOf(taskToken), known);
    const run = this.factsOf(execution.runId);
    const hasResult = events.some(({ activityTaskCompletedEventAttributes: done }) => done);
    if (run.summary === 'asked' && hasResult) run.summary = 'written';
    return known;
  }

  private activityGiven({ activityType, taskToken, workflowExecution }: ActivityAnswer): void {
    if (activityType?.name !== 'summarize' || !workflowExecution?.workflowId) return;
    this.summaries.set(keyOf(taskToken), workflowExecution.workflowId);
  }

  private factsOf(runId: string): RunFacts {
    const facts = this.runs.get(runId) ?? {};
    this.runs.set(runId, facts);
    return facts;
  }
}

interface Completion extends WorkflowTask {
  readonly isBack: boolean;
  readonly leaves: boolean;
  readonly asksForSummary: boolean;
  readonly summary: RunFacts['summary'];
}

function momentOf(completion: Completion): TransitMoment | undefined {
  const { isBack, leaves, asksForSummary, summary, isFirstOfContinued } = completion;
  if (leaves && summary === 'written') {
    return isBack
      ? 'continue-as-new after the summary not acknowledged'
      : 'continue-as-new after the summary not sent';
  }
  if (leaves) return isBack ? 'continue-as-new not acknowledged' : 'continue-as-new not sent';
  if (summary === 'written' && !isBack) return 'what follows the summary not sent';
  if (asksForSummary) {
    return isBack ? 'summary asked for, not acknowledged' : 'summary not asked for yet';
  }
  if (!isFirstOfContinued) return undefined;
  return isBack ? 'new run’s first task not acknowledged' : 'new run’s first task not sent';
}

function keyOf(taskToken: Uint8Array | null | undefined): string {
  return Buffer.from(taskToken ?? []).toString('base64');
}
