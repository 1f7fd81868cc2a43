/** What a model says in one step: its reasoning, dimmed, and its answer, first as it comes and then for good. */
import { element, setText } from './dom.js';
import { markdownToElements } from './markdown.js';

export class Step {
  text = element('div', { class: 'text' });
  thinking = element('div', { class: 'thinking-text' });
  details = element(
    'details',
    { class: 'thinking', open: true, hidden: true },
    element('summary', {}, 'Thinking'),
    this.thinking,
  );
  node = element('article', { class: 'step live', 'aria-label': 'Agent' }, this.details, this.text);
  shown = { text: '', thinking: '' };
  /** Where the next piece begins, if none was missed. */
  ends = { text: 0, thinking: 0 };

  /** @param {string} key turn, step and attempt */
  constructor(key) {
    this.key = key;
  }

  get isEmpty() {
    return !this.shown.text && !this.shown.thinking;
  }

  /** @param {{ content: string, textOffset: number }} piece @param {'text' | 'thinking'} kind */
  add({ content, textOffset }, kind) {
    // What is beyond what was told leaves a gap, which the message fills.
    if (textOffset > this.ends[kind]) this.shown[kind] += ' … ';
    this.shown[kind] += content;
    this.ends[kind] = textOffset + content.length;
  }

  /** The durable message wins over whatever was shown. */
  finish(content) {
    this.shown.text = content;
    this.node.classList.remove('live');
    this.draw();
  }

  draw() {
    const { details, shown, text } = this;
    details.hidden = shown.thinking === '';
    setText(this.thinking, shown.thinking);
    // Once there is an answer, what led there steps back.
    if (shown.text && !details.dataset.folded) {
      details.dataset.folded = 'yes';
      details.open = false;
    }
    text.replaceChildren(markdownToElements(shown.text));
  }
}
