/** The page: which conversation is open, and what is done to it. */
import { call, insist } from './api.js';
import { ConversationList } from './conversation-list.js';
import { byId } from './dom.js';
import { MessageIds } from './message-ids.js';
import { OpenConversation } from './open-conversation.js';

const agentKey = 'holdfast-agent';
const list = new ConversationList();
/** Of first messages. */
const ids = new MessageIds();
/** The one that is shown, if it is not a new one. */
let conversation;

function openFromAddress() {
  const id = decodeURIComponent(location.hash.slice(1)) || undefined;
  if (id === conversation?.id) return;
  conversation?.leave();
  conversation = id === undefined ? undefined : new OpenConversation(id);
  list.select(id);
  byId('agent-choice').hidden = id !== undefined;
  if (id === undefined) showNew();
  byId('message').focus();
}

function showNew() {
  document.title = 'Holdfast';
  byId('title').textContent = 'New conversation';
  for (const id of ['agent', 'doing', 'waiting', 'cost']) byId(id).textContent = '';
  for (const id of ['banner', 'actions', 'delivery', 'stop']) byId(id).hidden = true;
  for (const id of ['log', 'pending', 'outbox']) byId(id).replaceChildren();
  byId('send').textContent = 'Send';
  byId('message').disabled = false;
  byId('send').disabled = false;
}

async function send() {
  const field = byId('message');
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  grow();
  if (conversation) await conversation.send(text);
  else await start(text);
}

async function start(message) {
  const agent = byId('agent-name').value.trim();
  localStorage.setItem(agentKey, agent);
  const messageId = ids.take(message);
  ids.keep(message, messageId);
  try {
    const body = { agent, message, messageId };
    const { id } = await insist(() => call('/conversations', { method: 'POST', body }));
    ids.forget(message);
    location.hash = encodeURIComponent(id);
    void list.refresh();
  } catch (error) {
    byId('message').value = message;
    byId('banner').textContent = error.message;
    byId('banner').hidden = false;
  }
}

async function offerAgents() {
  const { agents } = await call('/agents');
  byId('agents').replaceChildren(...agents.map((name) => new Option(name, name)));
  const last = localStorage.getItem(agentKey);
  byId('agent-name').value = last && agents.includes(last) ? last : (agents[0] ?? last ?? '');
}

/** As high as its text, up to what the style allows. */
function grow() {
  const field = byId('message');
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});
byId('message').addEventListener('input', grow);
byId('message').addEventListener('keydown', (event) => {
  // While an input method composes, Enter ends the composition.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void send();
});
byId('new').addEventListener('click', () => (location.hash = ''));
byId('stop').addEventListener('click', () => conversation?.interrupt());
byId('pause').addEventListener('click', () => conversation?.togglePause());
byId('close').addEventListener('click', () => conversation?.close());
window.addEventListener('hashchange', openFromAddress);

offerAgents().catch(() => undefined);
list.start();
openFromAddress();
