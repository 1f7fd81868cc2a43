/** Tool calls: name, arguments, how long, and what came of it. */
import { element, setText } from './dom.js';
import { contentToText, formatDuration } from './format.js';

const lineLimit = 110;

export class ToolCards {
  cards = new Map();

  /** Shown once, however often it is told. `isLive`: it begins now. */
  start(call, { list, isLive }) {
    if (this.cards.has(call.id)) return;
    const state = element('span', { class: 'state' }, '');
    const took = element('span', { class: 'took' }, '');
    const brief = element('span', { class: 'brief' }, shorten(JSON.stringify(call.arguments)));
    const result = element('pre', { class: 'result' });
    const body = element(
      'div',
      { class: 'call-body' },
      element('h4', {}, 'Arguments'),
      element('pre', {}, JSON.stringify(call.arguments, undefined, 2)),
      element('h4', {}, 'Result'),
      result,
    );
    const node = element(
      'details',
      { class: 'call', 'data-call': call.id },
      element('summary', {}, state, element('code', {}, call.name), brief, took),
      body,
    );
    list.append(node);
    const card = {
      node,
      state,
      took,
      brief,
      result,
      startedAt: performance.now(),
      isTimed: isLive,
    };
    this.cards.set(call.id, card);
    this.show(card, 'running', 'runs');
    setText(result, '…');
    card.timer = setInterval(() => this.tick(card), 1_000);
  }

  finish(callId, { content, isError }) {
    const card = this.cards.get(callId);
    if (!card || card.isOver) return;
    card.isOver = true;
    clearInterval(card.timer);
    const text = contentToText(content);
    const ms = performance.now() - card.startedAt;
    this.show(card, isError ? 'failed' : 'done', isError ? 'failed' : 'done');
    setText(card.result, text);
    card.brief.append(element('span', { class: 'outcome' }, ` → ${shorten(text)}`));
    setText(card.took, card.isTimed ? formatDuration(ms) : '');
  }

  wait(callId, isWaiting) {
    const card = this.cards.get(callId);
    if (!card || card.isOver) return;
    card.isWaiting = isWaiting;
    this.show(card, isWaiting ? 'waiting' : 'running', isWaiting ? 'waits for you' : 'runs');
    // What it takes is counted from the word that it waited for.
    card.startedAt = performance.now();
    setText(card.took, '');
  }

  get hasUntimed() {
    return [...this.cards.values()].some(({ isOver, isTimed }) => isOver && !isTimed);
  }

  /** @param {{ callId: string, durationMs: number }[]} calls */
  setDurations(calls) {
    for (const { callId, durationMs } of calls) {
      const card = this.cards.get(callId);
      if (!card?.isOver || card.isTimed) continue;
      card.isTimed = true;
      setText(card.took, formatDuration(durationMs));
    }
  }

  /** Nobody sees when these come to their end. */
  lookAway() {
    for (const card of this.cards.values()) card.isTimed &&= card.isOver;
  }

  /** Nobody looks at these any more. */
  leave() {
    for (const { timer } of this.cards.values()) clearInterval(timer);
  }

  tick(card) {
    if (card.isWaiting) return;
    setText(card.took, formatDuration(performance.now() - card.startedAt));
  }

  show({ node, state }, kind, label) {
    node.classList.remove('running', 'done', 'failed', 'waiting');
    node.classList.add(kind);
    state.setAttribute('role', 'img');
    state.setAttribute('aria-label', label);
  }
}

function shorten(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > lineLimit ? `${line.slice(0, lineLimit)} …` : line;
}
