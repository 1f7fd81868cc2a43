/** A conversation on the page: its events, one after the other, as elements. The durable message of a step always wins. */
import { element, setText } from './dom.js';
import { contentToText, formatCost, formatDuration, formatTokens } from './format.js';
import { Step } from './step.js';
import { ToolCards } from './tool-cards.js';

export class ConversationView {
  /** Messages from this one on have come while somebody looked: how long things took was seen here. */
  liveFrom = Infinity;
  isLive = false;
  turnStartedAt;
  /** By turn: where its duration is to stand. */
  untimedTurns = new Map();
  /** The step that is being generated: its elements, and what they show. */
  draft;

  /** @param {HTMLElement} log */
  constructor(log) {
    this.log = log;
    this.tools = new ToolCards();
    log.replaceChildren();
    this.isAtEnd = true;
    this.onScroll = () => (this.isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60);
    log.addEventListener('scroll', this.onScroll);
    // What waits for a person takes some of its room.
    this.resizing = new ResizeObserver(() => this.isAtEnd && this.scrollToEnd());
    this.resizing.observe(log);
  }

  /** What was just sent to an agent that is free: it stands there before it has entered the conversation. */
  addSent(messageId, text) {
    this.turnStartedAt = performance.now();
    this.append(this.userBubble(text, messageId)).classList.add('sending');
  }

  /** It was not taken. */
  removeSent(messageId) {
    this.sent(messageId)?.remove();
  }

  observe(event) {
    switch (event.type) {
      case 'partial':
        return this.addPiece(event, 'text');
      case 'thinking':
        return this.addPiece(event, 'thinking');
      case 'attempt':
        return this.addAttempt(event);
      case 'message':
        return this.addMessage(event.message);
      case 'tool_started':
        return this.keepAtEnd(() => this.startCall(event.call));
      case 'tool_finished':
        return this.keepAtEnd(() => this.tools.finish(event.callId, event.result));
      case 'pending':
        return this.tools.wait(event.item.callId, true);
      case 'settled':
        return this.tools.wait(event.callId, false);
      case 'complete':
        return this.complete(event.response);
      case 'ended':
        this.dropDraft();
        if (event.error) this.addNote(`It failed: ${event.error.message}`, 'bad');
        return this.addNote('This conversation has ended.');
    }
  }

  /** Nobody sees what comes now, nor how long it takes. */
  lookAway() {
    this.liveFrom = Infinity;
    this.turnStartedAt = undefined;
    this.tools.lookAway();
  }

  get hasUntimed() {
    return this.untimedTurns.size > 0 || this.tools.hasUntimed;
  }

  /** What took how long before this page came: the server's timeline knows. */
  setDurations({ turns }) {
    for (const { turn, durationMs, status, steps } of turns) {
      const took = status === 'running' ? undefined : this.untimedTurns.get(turn);
      if (took) setText(took, ` · ${formatDuration(durationMs)}`);
      this.tools.setDurations(steps.flatMap(({ act }) => act));
    }
    this.untimedTurns.clear();
  }

  addNote(text, kind = '') {
    this.append(element('p', { class: `note ${kind}` }, text));
  }

  addPiece(piece, kind) {
    const key = `${piece.turn}/${piece.step}/${piece.attempt}`;
    if (this.draft?.key !== key) {
      this.dropDraft();
      this.draft = this.openStep(key);
    }
    this.draft.add(piece, kind);
    this.drawSoon();
  }

  addAttempt({ activity, attempt, lostWorker }) {
    if (activity === 'getResponse') this.dropDraft();
    const why = lostWorker ? `The worker was lost` : 'It did not come to an end';
    this.addNote(`${why}: attempt ${attempt}.`, 'attempt');
  }

  addMessage({ message, messageId, seq }) {
    this.isLive = seq >= this.liveFrom;
    switch (message.role) {
      case 'user':
        return this.addUserMessage(message, messageId);
      case 'assistant':
        return this.addResponse(message);
      case 'tool_response':
        return this.keepAtEnd(() => this.tools.finish(message.toolCallId, message));
    }
  }

  addUserMessage(message, messageId) {
    const text = contentToText(message.content);
    if (message.isSummary) return this.addNote(`What was said before, in short: ${text}`);
    if (message.isRepair)
      return this.addNote('The answer was not as it should be, and was sent back.');
    if (message.isConclusion)
      return this.addNote('A budget is spent: the agent was told to conclude.');
    this.sent(messageId)?.remove();
    this.turnStartedAt ??= this.isLive ? performance.now() : undefined;
    this.append(this.userBubble(text, messageId));
  }

  addResponse({ content, toolCalls, finishReason }) {
    const step = this.draft ?? this.openStep('');
    this.draft = undefined;
    this.keepAtEnd(() => {
      step.finish(content);
      this.lastStep = step.node;
      for (const call of toolCalls) this.startCall(call);
      if (step.isEmpty && toolCalls.length === 0) step.node.remove();
    });
    if (finishReason === 'interrupted') this.addNote('interrupted');
  }

  complete({ error, usage, costUsd, turn }) {
    this.dropDraft();
    if (error) this.addNote(`The turn failed (${error.type}): ${error.message}`, 'bad');
    const startedAt = this.turnStartedAt;
    this.turnStartedAt = undefined;
    const took = element('span', { class: 'took' });
    if (startedAt === undefined) this.untimedTurns.set(turn, took);
    else setText(took, ` · ${formatDuration(performance.now() - startedAt)}`);
    const cost = ` · ${formatTokens(usage)} · ${formatCost(costUsd)}`;
    this.append(element('p', { class: 'turn-end' }, `turn ${turn}`, took, cost));
  }

  startCall(call) {
    this.tools.start(call, { list: this.callList(), isLive: this.isLive });
  }

  openStep(key) {
    const step = new Step(key);
    this.append(step.node);
    return step;
  }

  dropDraft() {
    this.draft?.node.remove();
    this.draft = undefined;
  }

  drawSoon() {
    if (this.isDrawing) return;
    this.isDrawing = true;
    const draw = () => {
      this.isDrawing = false;
      const { draft } = this;
      if (draft) this.keepAtEnd(() => draft.draw());
    };
    // A page that nobody sees gets no frames, and is to be right all the same.
    if (document.hidden) setTimeout(draw, 200);
    else requestAnimationFrame(draw);
  }

  /** Where the calls of the last response stand. */
  callList() {
    const step = this.lastStep ?? this.draft?.node ?? this.log;
    const known = step.querySelector(':scope > .calls');
    if (known) return known;
    const list = element('div', { class: 'calls' });
    step.append(list);
    return list;
  }

  userBubble(text, messageId) {
    const bubble = element('article', { class: 'user', 'aria-label': 'You' }, text);
    if (messageId !== undefined) bubble.dataset.messageId = messageId;
    return bubble;
  }

  sent(messageId) {
    if (messageId === undefined) return undefined;
    return this.log.querySelector(`.sending[data-message-id="${CSS.escape(messageId)}"]`);
  }

  append(node) {
    this.keepAtEnd(() => this.log.append(node));
    return node;
  }

  /** Who reads the end goes on reading it; who has scrolled up stays there. */
  keepAtEnd(change) {
    const { isAtEnd } = this;
    change();
    if (isAtEnd) this.scrollToEnd();
  }

  scrollToEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** Another conversation is shown. */
  leave() {
    this.log.removeEventListener('scroll', this.onScroll);
    this.resizing.disconnect();
    this.tools.leave();
  }
}
