/** One conversation that is shown: its events, what is sent to it, and the line that says how it stands. */
import { call, insist } from './api.js';
import { ConversationView } from './conversation-view.js';
import { byId, setText } from './dom.js';
import { drawStanding } from './draw-standing.js';
import { follow } from './events.js';
import { MessageIds } from './message-ids.js';
import { PendingCards } from './pending-cards.js';

const stateEveryMs = 1_000;

export class OpenConversation {
  leaving = new AbortController();
  state;
  doing = { status: 'starting' };
  /** By message id: what waits to enter the conversation. */
  outbox = new Map();
  /** The same of all that was sent from here. */
  sent = new Map();
  ids = new MessageIds();
  /** Ids of messages that have entered it. */
  entered = new Set();
  isEnded = false;
  /** Whether what is said from now on is seen as it comes. */
  hasLooked = false;

  constructor(id) {
    this.id = id;
    this.path = `/conversations/${encodeURIComponent(id)}`;
    this.view = new ConversationView(byId('log'));
    this.pending = new PendingCards(byId('pending'), (item, decision) =>
      this.decide(item, decision),
    );
    document.title = `${id} · Holdfast`;
    setText(byId('title'), id);
    setText(byId('agent'), '');
    byId('actions').hidden = false;
    this.draw();
    void this.follow();
    this.readStateSoon();
  }

  get isRunning() {
    const { status } = this.doing;
    return !this.isEnded && (status === 'running' || status === 'closing' || this.pending.size > 0);
  }

  leave() {
    this.leaving.abort();
    clearTimeout(this.stateTimer);
    clearTimeout(this.timing);
    this.view.leave();
    this.pending.clear();
  }

  async follow() {
    const { signal } = this.leaving;
    try {
      await follow(this.id, {
        signal,
        onEvent: (event) => this.observe(event),
        onConnection: (problem) => this.warn(problem),
        onHidden: () => this.lookAway(),
      });
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  /** What happens until somebody looks again is not timed here. */
  lookAway() {
    this.view.lookAway();
    this.hasLooked = false;
  }

  observe(event) {
    this.warn(event.type === 'trouble' ? event.message : undefined);
    switch (event.type) {
      case 'status':
        this.doing = event;
        break;
      case 'pending':
        this.pending.add(event.item);
        break;
      case 'settled':
        this.pending.remove(event.callId);
        break;
      case 'message':
        this.outbox.delete(event.message.messageId);
        this.entered.add(event.message.messageId);
        this.clearTaken(event.message.messageId);
        break;
      case 'complete':
        this.doing = { status: 'idle' };
        this.pending.clear();
        break;
      case 'ended':
        this.isEnded = true;
        this.pending.clear();
        break;
    }
    this.view.observe(event);
    const activity = previews[event.type];
    if (activity === undefined) this.readStateSoon();
    else if (!this.isNewPreview(event)) return;
    else this.doing = { status: 'running', activity, turn: event.turn, step: event.step };
    if (event.type === 'complete') this.timeSoon();
    this.draw();
  }

  /** What was put back into the field has been taken all the same. */
  clearTaken(messageId) {
    const text = this.sent.get(messageId)?.text;
    if (this.ids.forget(text) && byId('message').value === text) byId('message').value = '';
  }

  isNewPreview({ type, turn, step }) {
    const { doing } = this;
    return doing.activity !== previews[type] || doing.turn !== turn || doing.step !== step;
  }

  /** Once for what stands there from before, and once when what ran by then is over. */
  timeSoon() {
    if (!this.view.hasUntimed) return;
    clearTimeout(this.timing);
    this.timing = setTimeout(() => void this.time(), 500);
  }

  async time() {
    const timeline = await this.attempt(() => call(`${this.path}/timeline`), false);
    if (timeline) this.view.setDurations(timeline);
  }

  async send(text) {
    const messageId = this.ids.take(text);
    const isAtOnce = !this.isRunning;
    const delivery = isAtOnce ? 'queue' : this.chosenDelivery();
    const entry = { text, delivery, isSending: true };
    this.sent.set(messageId, entry);
    if (isAtOnce) this.view.addSent(messageId, text);
    else this.outbox.set(messageId, entry);
    this.draw();
    const body = { content: text, messageId, delivery };
    const isTaken = await this.attempt(() =>
      insist(() => call(`${this.path}/messages`, { method: 'POST', body })),
    );
    entry.isSending = false;
    if (isTaken) this.ids.forget(text);
    else if (!this.entered.has(messageId)) {
      this.ids.keep(text, messageId);
      this.view.removeSent(messageId);
      this.outbox.delete(messageId);
      byId('message').value ||= text;
    }
    this.draw();
    this.readStateSoon();
  }

  async decide(item, decision) {
    const { callId, argumentsHash } = item;
    const body = { callId, argumentsHash, ...decision };
    await this.act('decisions', body);
    byId('message').focus();
  }

  interrupt() {
    return this.act('interrupt');
  }

  togglePause() {
    return this.act(this.state?.isPaused ? 'resume' : 'pause');
  }

  close() {
    return this.act('close');
  }

  async act(what, body) {
    await this.attempt(() =>
      call(`${this.path}/${what}`, { method: 'POST', ...(body && { body }) }),
    );
    this.readStateSoon();
  }

  async cancel(messageId) {
    const body = { messageIds: [messageId] };
    const told = await this.attempt(() => call(`${this.path}/cancel`, { method: 'POST', body }));
    if (told?.cancelled.includes(messageId)) this.outbox.delete(messageId);
    this.readStateSoon();
    this.draw();
  }

  /** What goes wrong is said, and the page goes on. */
  async attempt(work, isTold = true) {
    try {
      return await work();
    } catch (error) {
      if (isTold && !this.leaving.signal.aborted) this.view.addNote(error.message, 'bad');
      return undefined;
    }
  }

  /** At most once a second: each question costs the worker. */
  readStateSoon() {
    this.stateTimer ??= setTimeout(() => void this.readState(), this.state ? stateEveryMs : 0);
  }

  async readState() {
    const state = await this.attempt(() => call(this.path), false);
    this.stateTimer = undefined;
    if (this.leaving.signal.aborted || !state) return;
    if (!this.hasLooked) this.view.liveFrom = state.messages;
    this.hasLooked = !document.hidden;
    this.state = state;
    const waiting = [...state.queued, ...(state.steering ?? [])];
    for (const [messageId, { isSending }] of this.outbox) {
      if (!isSending && !waiting.includes(messageId)) this.outbox.delete(messageId);
    }
    for (const messageId of waiting.filter((one) => !this.entered.has(one))) {
      const entry = this.sent.get(messageId) ?? { text: messageId, delivery: 'queue' };
      this.outbox.set(messageId, entry);
      this.clearTaken(messageId);
    }
    this.draw();
  }

  warn(problem) {
    const banner = byId('banner');
    setText(banner, problem ?? '');
    banner.hidden = !problem;
  }

  fail(error) {
    this.warn(error.message);
    this.isEnded = true;
    this.draw();
  }

  chosenDelivery() {
    return byId('composer').elements.delivery.value;
  }

  draw() {
    drawStanding(this);
  }
}

const previews = { partial: 'answering', thinking: 'thinking' };
