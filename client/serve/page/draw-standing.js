/** How a conversation stands: what it does, what it waits for, what it has cost, and what can be done about it. */
import { byId, element, setText } from './dom.js';
import { formatCost, formatCount, formatDuration, formatTokens } from './format.js';

/** @param {import('./open-conversation.js').OpenConversation} conversation */
export function drawStanding(conversation) {
  const { state, isRunning, isEnded, pending } = conversation;
  const isPaused = state?.isPaused === true && !isEnded;
  const agent = state?.agent;
  setText(byId('agent'), agent ? `${agent.name} · ${agent.model}` : '');
  setText(byId('doing'), describeDoing(conversation, isPaused));
  byId('status').dataset.doing = isPaused ? 'paused' : isRunning ? 'busy' : 'idle';
  setText(byId('waiting'), describeWaiting(conversation));
  byId('waiting').classList.toggle('urgent', pending.size > 0);
  setText(byId('cost'), state ? describeCost(state) : '');
  byId('pause').setAttribute('aria-pressed', String(isPaused));
  setText(byId('pause'), isPaused ? 'Resume' : 'Pause');
  for (const id of ['pause', 'close', 'message', 'send']) byId(id).disabled = isEnded;
  byId('stop').hidden = !isRunning;
  byId('delivery').hidden = !isRunning;
  drawOutbox(conversation);
}

function describeDoing({ doing, state, pending, isEnded, isRunning }, isPaused) {
  if (isEnded) return 'ended';
  if (isPaused) return 'paused';
  if (!isRunning) return doing.status === 'starting' ? 'starting' : 'idle';
  const { turn, step } = doing.turn ? doing : (state ?? {});
  const where = turn ? ` · turn ${turn}${step ? `, step ${step}` : ''}` : '';
  return `${pending.size > 0 ? 'parked' : (doing.activity ?? 'at work')}${where}`;
}

function describeWaiting({ pending, outbox, isEnded, isRunning }) {
  const { first } = pending;
  const waits = first ? [`waits for you: ${first.kind} ${first.callId}`] : [];
  const queued = outbox.size > 0 ? [`${outbox.size} in the queue`] : [];
  const nothing = isEnded ? '' : isRunning ? 'waits for nobody' : 'waits for your message';
  return [...waits, ...queued].join(' · ') || nothing;
}

/** And what there is to it, where somebody has set a limit. */
function describeCost({ costUsd, usage, budgets = {} }) {
  const limits = Object.entries({ ...budgets.conversation, ...budgets.turn })
    .filter(([, { limit }]) => limit !== undefined)
    .map(([name, { used, limit }]) => `${budgetNames[name]?.(used, limit) ?? name}`);
  return [formatCost(costUsd), formatTokens(usage), ...limits].join(' · ');
}

const budgetNames = {
  steps: (used, limit) => `${used} of ${limit} steps`,
  toolCalls: (used, limit) => `${used} of ${limit} tool calls`,
  tokens: (used, limit) => `${formatCount(used)} of ${formatCount(limit)} tokens`,
  costUsd: (used, limit) => `${formatCost(used)} of ${formatCost(limit)}`,
  repeatedCalls: (used, limit) => `${used} of ${limit} identical steps`,
  wallMs: (used, limit) => `${formatDuration(used)} of ${formatDuration(limit)}`,
};

function drawOutbox(conversation) {
  byId('outbox').replaceChildren(
    ...[...conversation.outbox].map(([messageId, { text, delivery }]) => {
      const onclick = () => conversation.cancel(messageId);
      const label = `Take back: ${text}`;
      return element(
        'li',
        {},
        element('span', { class: 'delivery' }, delivery),
        element('span', { class: 'text' }, text),
        element('button', { type: 'button', onclick, 'aria-label': label }, 'Take back'),
      );
    }),
  );
}
