/** What waits for a person: the exact arguments, and the ways to answer. A decision counts for what is shown here alone. */
import { element } from './dom.js';
import { formatDuration, visible } from './format.js';

export class PendingCards {
  items = new Map();

  /** @param {HTMLElement} place @param {(item: object, decision: object) => Promise<void>} decide */
  constructor(place, decide) {
    this.place = place;
    this.decide = decide;
    place.replaceChildren();
  }

  get first() {
    return this.items.values().next().value?.item;
  }

  get size() {
    return this.items.size;
  }

  add(item) {
    if (this.items.has(item.callId)) return;
    const card = element(
      'form',
      { class: 'decision', 'data-call': item.callId, 'aria-label': titleOf(item) },
      element('h3', {}, titleOf(item)),
      ...describe(item),
      element('p', { class: 'hint' }, `expires in ${expiry(item)}; nobody’s word means no`),
    );
    const answer = async (decision) => {
      card.toggleAttribute('inert', true);
      await this.decide(item, decision).finally(() => card.toggleAttribute('inert', false));
    };
    card.append(item.kind === 'question' ? question(item, answer) : approval(item, answer));
    card.addEventListener('submit', (event) => event.preventDefault());
    this.items.set(item.callId, { item, card });
    this.place.append(card);
  }

  remove(callId) {
    this.items.get(callId)?.card.remove();
    this.items.delete(callId);
  }

  clear() {
    for (const callId of [...this.items.keys()]) this.remove(callId);
  }
}

function titleOf({ kind, tool }) {
  switch (kind) {
    case 'question':
      return 'The agent asks you';
    case 'budget':
      return 'A limit is reached: may it go on?';
    default:
      return `May it call ${tool}?`;
  }
}

function describe({ kind, effect, arguments: given }) {
  if (kind === 'question') return [element('p', { class: 'question' }, effect)];
  return [
    element('pre', { class: 'arguments' }, visible(JSON.stringify(given, undefined, 2))),
    element('p', {}, `${kind === 'budget' ? 'A yes' : 'Effect'}: ${visible(effect)}`),
  ];
}

function expiry({ expiresAt }) {
  return formatDuration(Math.max(0, Date.parse(expiresAt) - Date.now()));
}

function approval({ kind, tool }, answer) {
  const reason = element('input', {
    'aria-label': 'Reason for a no',
    placeholder: 'Reason for a no (the model reads it)',
  });
  const deny = () => answer({ approved: false, ...(reason.value && { reason: reason.value }) });
  return element(
    'div',
    { class: 'choices' },
    button(kind === 'budget' ? 'Go on' : 'Approve', 'yes', () => answer({ approved: true })),
    kind === 'approval' &&
      button(`Always allow ${tool}`, '', () => answer({ approved: true, remember: true })),
    reason,
    button('Deny', 'no', deny),
  );
}

function question({ arguments: given }, answer) {
  const options = Array.isArray(given.options) ? given.options : [];
  const field = element('input', { 'aria-label': 'Answer', placeholder: 'Your answer' });
  const send = () => field.value.trim() && answer({ approved: true, answer: field.value.trim() });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.isComposing) void send();
  });
  const say = (option) => (typeof option === 'string' ? option : JSON.stringify(option));
  return element(
    'div',
    { class: 'choices' },
    ...options.map((option) =>
      button(say(option), '', () => answer({ approved: true, answer: say(option) })),
    ),
    field,
    button('Answer', 'yes', send),
    button('No answer', 'no', () => answer({ approved: false })),
  );
}

function button(label, kind, onclick) {
  return element('button', { type: 'button', class: kind, onclick }, label);
}
