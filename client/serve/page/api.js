/** Speaks to the server: JSON, a key where one is wanted, errors as the server words them. */
import { byId } from './dom.js';

const keyName = 'holdfast-key';

export class ProblemError extends Error {
  constructor(status, title, detail) {
    super(detail);
    this.name = title;
    this.status = status;
  }
}

/** @param {string} path @param {{ method?: string, body?: unknown, headers?: object, signal?: AbortSignal }} [options] */
export async function call(path, options) {
  const response = await open(path, options);
  return response.json();
}

/** The response, once it is a good one. Asks for a key as often as the server wants one. */
export async function open(path, { method = 'GET', body, headers, signal } = {}) {
  for (;;) {
    const key = sessionStorage.getItem(keyName);
    const response = await fetch(path, {
      method,
      cache: 'no-store',
      headers: {
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key && { authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    if (response.ok) return response;
    if (response.status !== 401) throw await toProblem(response);
    await askForKey(key);
  }
}

const tries = 6;
const pauseMs = 1_000;

/** Again when the answer was lost on its way: what carries a message id is one message however often it is sent. */
export async function insist(work) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProblemError || tried === tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

async function toProblem(response) {
  const told = await response.json().catch(() => ({}));
  const { title = 'HttpError', detail = `The server answered ${response.status}.` } = told;
  return new ProblemError(response.status, title, detail);
}

let asking;

/** Several requests may find out at once: one question is enough. */
function askForKey(refused) {
  // Somebody else has got a new one meanwhile.
  if (sessionStorage.getItem(keyName) !== refused) return Promise.resolve();
  asking ??= new Promise((resolve) => {
    const dialog = byId('key-dialog');
    const field = byId('key');
    byId('key-wrong').hidden = refused === null;
    const take = (event) => {
      event.preventDefault();
      sessionStorage.setItem(keyName, field.value.trim());
      field.value = '';
      dialog.close();
    };
    byId('key-form').addEventListener('submit', take, { once: true });
    dialog.addEventListener('close', () => resolve(), { once: true });
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.showModal();
  }).finally(() => (asking = undefined));
  return asking;
}
