/** The conversations, newest first, read anew every few seconds while somebody looks. */
import { call } from './api.js';
import { byId, element, setText } from './dom.js';
import { formatAgo } from './format.js';

const everyMs = 5_000;

export class ConversationList {
  current;
  known = [];

  start() {
    void this.refresh();
    setInterval(() => document.hidden || void this.refresh(), everyMs);
    document.addEventListener('visibilitychange', () => document.hidden || void this.refresh());
  }

  /** @param {string | undefined} id */
  select(id) {
    this.current = id;
    this.draw();
  }

  async refresh() {
    try {
      ({ conversations: this.known } = await call('/conversations?limit=100'));
      this.say('');
    } catch (error) {
      this.say(error.message);
    }
    this.draw();
  }

  say(text) {
    const hint = byId('list-hint');
    setText(hint, text);
    hint.hidden = text === '';
  }

  draw() {
    const { current, known } = this;
    const isNew = current !== undefined && !known.some(({ id }) => id === current);
    const all = isNew ? [{ id: current, status: 'RUNNING' }, ...known] : known;
    const focused = document.activeElement?.closest?.('#conversations a')?.hash;
    byId('conversations').replaceChildren(
      ...all.map((listed) => {
        const { id } = listed;
        const { kind, words } = describe(listed);
        return element(
          'li',
          {},
          element(
            'a',
            {
              href: `#${encodeURIComponent(id)}`,
              class: kind,
              ...(id === current && { 'aria-current': 'page' }),
            },
            element('span', { class: 'id' }, id),
            element('span', { class: 'when' }, words),
          ),
        );
      }),
    );
    if (focused)
      byId('conversations')
        .querySelector(`a[href="${CSS.escape(focused)}"]`)
        ?.focus();
  }
}

/** What the server lists of it: how it stands where there are search attributes, else whether it is over. */
function describe({ status, started, attributes = {} }) {
  const ago = started ? formatAgo(started) : '';
  if (status !== 'RUNNING') return { kind: 'over', words: `${status.toLowerCase()} · ${ago}` };
  const kind = attributes.status ?? 'open';
  const words = wordsFor[kind];
  return { kind, words: words ? `${words} · ${ago}` : ago };
}

const wordsFor = {
  running: 'at work',
  waiting_for_person: 'waits for you',
  paused: 'paused',
  failed: 'last turn failed',
};
