/**
 * The web page in a real browser, on a real server. With `HOLDFAST_PICTURES=1` the picture of the README is taken anew:
 * `HOLDFAST_PICTURES=1 npx jest test/end-to-end/web-page`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';
import {
  type ScriptedStep,
  afterThinking,
  textResponse,
  toolCallResponse,
} from '../../activities/models/scripted-model';
import { askUser, defineTool } from '../../activities/tools';
import type { ModelResponse } from '../../agent/model';
import type { AgentClient } from '../../client/agent-client';
import { openDoor } from '../../client/serve/open-door';
import { serve } from '../../client/serve/serve';
import { launchBrowser } from '../support/browser';
import { cleanUpAfterEach } from '../support/cleanup';
import { repository, spawnWorker } from '../support/processes';
import { describeWith } from '../support/system-program';
import { openTalk, until } from '../support/talks';
import { newTaskQueue, testClient } from '../support/temporal';

jest.setTimeout(120_000);
const atEnd = cleanUpAfterEach();
const waits = { timeout: 30_000 };

const weather = defineTool({
  name: 'weather',
  description: 'Tells the weather.',
  input: z.object({ city: z.string() }),
  annotations: { readOnlyHint: true },
  execute: ({ city }) => `${city}: 21 °C, a light wind from the west`,
});
const book = defineTool({
  name: 'book_table',
  description: 'Books a table.',
  input: z.object({ restaurant: z.string(), people: z.number(), at: z.string() }),
  approval: 'always',
  execute: ({ restaurant, people }) => `Booked at ${restaurant} for ${people}.`,
});

interface SceneOptions {
  readonly streamDelayMs?: number;
  readonly apiKey?: string;
  readonly colorScheme?: 'dark' | 'light';
}

interface PageOptions extends SceneOptions {
  readonly client: AgentClient;
  readonly agents: readonly string[];
}

describeWith('chromium', 'the web page', (executablePath) => {
  let browser: Browser;
  let context: BrowserContext;
  const strangers: string[] = [];
  const errors: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser(executablePath);
    context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  });

  afterAll(() => browser?.close());

  afterEach(() => {
    const wrong = [...errors.splice(0), ...strangers.splice(0).map((url) => `It asked ${url}.`)];
    if (wrong.length > 0) throw new Error(`The page went wrong:\n${wrong.join('\n')}`);
  });

  async function openScene(steps: readonly ScriptedStep[], options: SceneOptions = {}) {
    const { streamDelayMs = 0 } = options;
    const talk = await openTalk(atEnd, steps, {
      streamDelayMs,
      agent: { tools: [weather, book, askUser] },
    });
    const opened = await openPage({ ...options, client: talk.client, agents: ['clerk'] });
    return { ...talk, ...opened, address: `${opened.url}/#${talk.id}` };
  }

  async function openPage(options: PageOptions) {
    const { client, agents, apiKey } = options;
    const door = openDoor({ client, agents, log: () => undefined });
    const server = await serve({ door, apiKey, host: '127.0.0.1', port: 0, version: '1' });
    atEnd(() => server.close());
    const page = await context.newPage();
    atEnd(() => page.close());
    page.setDefaultTimeout(waits.timeout);
    await page.emulateMedia({ colorScheme: options.colorScheme ?? 'light' });
    page.on('console', (message) => {
      // A key is wanted, or no worker answers at the moment: the page tells that itself.
      const isRefusal = /the server responded with a status of (401|503|504)/.test(message.text());
      if (message.type() === 'error' && !isRefusal) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) strangers.push(request.url());
    });
    return { page, server, url: server.url, address: server.url };
  }

  const say = async (page: Page, text: string) => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.keyboard.press('Enter');
  };
  const setHidden = (page: Page, isHidden: boolean) =>
    page.evaluate(
      `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
       document.dispatchEvent(new Event('visibilitychange'));`,
    );
  const answerOf = (page: Page) => page.locator('.step .text').last();

  test('a person starts a conversation, sees the answer come, reloads in its middle, and has it all', async () => {
    const answer = Array.from({ length: 80 }, (_, index) => `word${index}`).join(' ');
    const thinking = Array.from({ length: 30 }, (_, index) => `thought${index}`).join(' ');
    const script = [afterThinking(thinking, textResponse(answer))];
    const { page, url } = await openScene(script, { streamDelayMs: 40 });
    await page.goto(url);
    expect(await page.getByLabel('Agent').first().inputValue()).toBe('clerk');

    await say(page, 'Speak.');
    await page.locator('.thinking-text', { hasText: 'thought3' }).waitFor();
    expect(await page.locator('#doing').innerText()).toMatch(/^thinking/);
    await answerOf(page).getByText('word3').waitFor();
    expect(await page.locator('.user').allInnerTexts()).toEqual(['Speak.']);
    expect(await answerOf(page).innerText()).not.toContain('word79');
    // It has stepped back, and is there for whoever wants it.
    expect(await page.locator('.thinking-text').isVisible()).toBe(false);
    expect(await page.locator('.thinking-text').textContent()).toBe(thinking);
    expect(await page.locator('#doing').innerText()).toMatch(/^answering · turn 1, step 1$/);

    await page.reload();
    await answerOf(page).getByText('word5').waitFor();
    expect(await answerOf(page).innerText()).not.toContain('word79');
    // What began before the page came is timed by the server.
    await page.locator('.turn-end', { hasText: /^turn 1 · \d+\.\d s · / }).waitFor();

    expect(await answerOf(page).innerText()).toBe(answer);
    expect(await page.locator('.user').allInnerTexts()).toEqual(['Speak.']);
    await page.locator('#doing', { hasText: 'idle' }).waitFor();
    expect(await page.locator('#waiting').innerText()).toBe('waits for your message');
    expect(await page.locator('#cost').innerText()).toMatch(/tokens$/);
  });

  test('tool calls are shown with arguments and result; approvals with what they are for', async () => {
    const booking = { restaurant: 'Chez <b>Nous</b>', people: 4, at: '19:30' };
    const { page, address, model } = await openScene([
      toolCallResponse([
        { name: 'weather', arguments: { city: 'Lyon' } },
        { name: 'book_table', arguments: booking },
      ]),
      toolCallResponse([
        { name: 'ask_user', arguments: { question: 'Which wine?', options: ['red', 'white'] } },
      ]),
      textResponse('All is **set**.'),
    ]);
    await page.goto(address);
    await say(page, 'Dinner in Lyon, for four.');

    const decision = page.locator('.decision');
    await decision.getByRole('button', { name: 'Approve' }).waitFor();
    expect(JSON.parse(await decision.locator('.arguments').innerText())).toEqual(booking);
    expect(await page.locator('#waiting').innerText()).toBe('waits for you: approval t1s1c1');
    await page.locator('.call.waiting', { hasText: 'book_table' }).waitFor();
    await decision.getByRole('button', { name: 'Approve' }).click();

    await decision.getByText('Which wine?').waitFor();
    expect(await page.locator('.call.done', { hasText: 'book_table' }).innerText()).toContain(
      'Booked at Chez <b>Nous</b> for 4.',
    );
    await decision.getByRole('button', { name: 'red' }).click();
    await page.locator('.turn-end').waitFor();

    const call = page.locator('.call.done', { hasText: 'weather' });
    await call.locator('summary').click();
    expect(JSON.parse(await call.locator('pre').first().innerText())).toEqual({ city: 'Lyon' });
    expect(await call.locator('.result').innerText()).toBe(
      'Lyon: 21 °C, a light wind from the west',
    );
    await call.locator('.took', { hasText: /\d (ms|s)$/ }).waitFor();
    expect(await answerOf(page).locator('strong').innerText()).toBe('set');
    expect(await decision.count()).toBe(0);
    expect(JSON.stringify(model.requests.at(-1)?.inputs)).toContain('red');
  });

  test('what a model or a tool writes is text: nothing of it runs, and no link leads astray', async () => {
    const attack = [
      '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 2">',
      '[a link](javascript:window.pwned=3) and [another](https://example.com/?q=1)',
      '```html\n<b>code</b>\n```',
      '| <i>a</i> | b |\n| --- | --- |\n| `<u>c</u>` | **d** |',
    ].join('\n\n');
    const { page, address } = await openScene([
      toolCallResponse([{ name: 'weather', arguments: { city: '<img src=x onerror=alert(1)>' } }]),
      textResponse(attack),
    ]);
    await page.goto(address);
    await say(page, '<script>window.pwned = 4</script>');
    await page.locator('.turn-end').waitFor();

    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(await page.locator('#log :is(script, img, b, i, u)').count()).toBe(0);
    expect(await page.locator('.user').innerText()).toBe('<script>window.pwned = 4</script>');
    const text = await answerOf(page).innerText();
    expect(text).toContain(
      '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 2">',
    );
    expect(text).toContain('[a link](javascript:window.pwned=3)');
    expect(await answerOf(page).locator('pre').innerText()).toBe('<b>code</b>');
    expect(await answerOf(page).locator('td').allInnerTexts()).toEqual(['<u>c</u>', 'd']);
    const links = answerOf(page).locator('a');
    expect(await links.count()).toBe(1);
    expect(await links.getAttribute('href')).toBe('https://example.com/?q=1');
    expect(await page.locator('.call .brief').innerText()).toContain(
      '<img src=x onerror=alert(1)>',
    );
  });

  test('while it works it is queued behind, taken back from, interrupted, paused', async () => {
    const endless = Array.from({ length: 3_000 }, () => 'on').join(' ');
    const { page, address } = await openScene(
      [textResponse(endless), textResponse('Now this.'), textResponse('And that.')],
      { streamDelayMs: 30 },
    );
    await page.goto(address);
    await say(page, 'Go on.');
    await answerOf(page).getByText('on on').waitFor();

    await say(page, 'Not this.');
    await page.locator('#outbox li', { hasText: 'Not this.' }).waitFor();
    await page.getByRole('button', { name: 'Take back: Not this.' }).click();
    await page.locator('#outbox li').waitFor({ state: 'detached' });

    await page.getByText('Interrupt', { exact: true }).click();
    await say(page, 'Do this.');
    await page.getByText('Now this.').waitFor();
    expect(await page.locator('.note', { hasText: 'interrupted' }).count()).toBe(1);
    expect(await page.locator('.user').allInnerTexts()).toEqual(['Go on.', 'Do this.']);

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('#doing', { hasText: 'paused' }).waitFor();
    await say(page, 'And?');
    await page.locator('.user', { hasText: 'And?' }).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('And that.').waitFor();
  });

  test('a worker that is killed in mid-answer is said, and its words give way to the next one’s', async () => {
    const taskQueue = newTaskQueue();
    const work = await mkdtemp(path.join(tmpdir(), 'holdfast-page-worker-'));
    atEnd(() => rm(work, { recursive: true, force: true }));
    const startWorker = async () => {
      const worker = await spawnWorker({
        folder: work,
        taskQueue,
        environment: { HOLDFAST_DEMO_WORD_DELAY_MS: '15' },
      });
      atEnd(() => worker.kill('SIGKILL'));
      return worker;
    };
    const worker = await startWorker();
    const client = await testClient(taskQueue);
    atEnd(() => client.disconnect());
    const { page, address } = await openPage({ client, agents: ['demo'] });
    await page.goto(address);
    await say(page, 'tell me a story');
    await answerOf(page).getByText('keeper').waitFor();

    worker.kill('SIGKILL');
    await startWorker();
    await page.locator('.note.attempt', { hasText: 'The worker was lost: attempt 2.' }).waitFor();
    await page.locator('.turn-end').waitFor();

    const id = decodeURIComponent(new URL(page.url()).hash.slice(1));
    const { messages } = await client.messages(id);
    const answers = messages.flatMap(({ message }) =>
      message.role === 'assistant' ? [message.content] : [],
    );
    expect(await page.locator('.step .text').allInnerTexts()).toEqual(answers);
  });

  test('a server that goes away and comes back is waited for, and nothing is missed or said twice', async () => {
    const answer = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
    const { client, page, address, server } = await openScene(
      [textResponse(answer), textResponse('Here.')],
      { streamDelayMs: 40 },
    );
    await page.goto(address);
    await say(page, 'Speak.');
    await answerOf(page).getByText('word3').waitFor();

    await server.close();
    await page.locator('#banner', { hasText: 'Connecting again' }).waitFor();
    await say(page, 'Are you there?');
    const door = openDoor({ client, agents: [], log: () => undefined });
    const port = Number(new URL(address).port);
    const again = await serve({ door, host: '127.0.0.1', port, version: '1' });
    atEnd(() => again.close());
    await page.getByText('Here.', { exact: true }).waitFor();

    expect(await page.locator('#banner').isVisible()).toBe(false);
    expect(await page.locator('.user').allInnerTexts()).toEqual(['Speak.', 'Are you there?']);
    expect(await page.locator('.step .text').allInnerTexts()).toEqual([answer, 'Here.']);
    errors.splice(0, errors.length, ...errors.filter((error) => !error.includes('ERR_')));
  });

  test('what was taken although its answer was lost is one message when it is sent again', async () => {
    const { client, page, url, model } = await openScene([
      textResponse('One.'),
      textResponse('Two.'),
    ]);
    const lost = { status: 504, json: { title: 'DeadlineError', detail: 'No answer in time.' } };
    await page.route(/conversations(\/[^/]+\/messages)?$/, async (route) => {
      await route.fetch();
      await route.fulfill(lost);
    });
    await page.goto(url);
    await say(page, 'Begin.');
    await page.locator('#banner', { hasText: 'No answer in time.' }).waitFor();
    await page.unrouteAll();
    await page.keyboard.press('Enter');
    await page.getByText('One.', { exact: true }).waitFor();
    await page.locator('#doing', { hasText: 'idle' }).waitFor();

    await setHidden(page, true);
    await page.route(/\/messages$/, async (route) => {
      await route.fetch();
      await route.fulfill(lost);
    });
    await say(page, 'Go on.');
    await page.locator('.note', { hasText: 'No answer in time.' }).waitFor();
    const field = page.getByRole('textbox', { name: 'Message' });
    expect(await field.inputValue()).toBe('Go on.');
    expect(await page.locator('.user').allInnerTexts()).toEqual(['Begin.']);
    await page.unrouteAll();
    await page.keyboard.press('Enter');
    // Nobody sees it: the page has left the stream, and goes on where it was.
    const id = decodeURIComponent(new URL(page.url()).hash.slice(1));
    await until({ client, id }, ({ turn, status }) => turn === 2 && status === 'idle');
    await page.waitForTimeout(200);
    expect(await page.getByText('Two.', { exact: true }).count()).toBe(0);
    await setHidden(page, false);
    await page.getByText('Two.', { exact: true }).waitFor();

    expect(await page.locator('.user').allInnerTexts()).toEqual(['Begin.', 'Go on.']);
    expect(await page.locator('.step .text').allInnerTexts()).toEqual(['One.', 'Two.']);
    expect(await field.inputValue()).toBe('');
    expect(model.requests).toHaveLength(2);
  });

  test('a server that wants a key is given one, and never in an address', async () => {
    const apiKey = 'a-key-of-some-length';
    const { page, address, url } = await openScene([textResponse('Hello.')], { apiKey });
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(address);

    const field = page.getByLabel('Key', { exact: true });
    await field.fill('not-that-one');
    await page.keyboard.press('Enter');
    await page.getByText('That key is not the server’s.').waitFor();
    await field.fill(apiKey);
    await page.keyboard.press('Enter');
    await say(page, 'Hi');
    await page.getByText('Hello.', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('Hello.', { exact: true }).waitFor();

    expect(addresses.some((one) => one.startsWith(`${url}/conversations/`))).toBe(true);
    expect(addresses.filter((one) => one.includes(apiKey))).toEqual([]);
  });

  if (process.env.HOLDFAST_PICTURES !== '1') return;

  test('its picture', async () => {
    const billed = (response: ModelResponse, inputTokens: number, outputTokens: number) => ({
      ...response,
      usage: { inputTokens, outputTokens },
      costUsd: (inputTokens * 2 + outputTokens * 10) / 1e6,
    });
    const story = Array.from({ length: 5_000 }, () => 'on').join(' ');
    const { client, page, url } = await openScene(
      [
        (_agent, [first]) =>
          JSON.stringify(first).includes('Lyon')
            ? billed(toolCallResponse([{ name: 'weather', arguments: { city: 'Lyon' } }]), 412, 31)
            : textResponse(story),
        afterThinking(
          'Four people, tonight. It is mild: a terrace would do.',
          billed(
            textResponse(
              'It is **21 °C** in Lyon, with a light wind. For four people I would take:\n\n- *Chez Nous*, quiet, `19:30` is free\n- *Le Quai*, by the river, from `20:15`\n\nShall I book the first one?',
            ),
            486,
            74,
          ),
        ),
        billed(
          toolCallResponse([
            { name: 'book_table', arguments: { restaurant: 'Chez Nous', people: 4, at: '19:30' } },
          ]),
          571,
          42,
        ),
      ],
      { streamDelayMs: 15 },
    );
    for (const id of ['weekly-report', 'dinner-in-lyon'])
      await client.start({ agent: 'clerk', id });
    await client.send('weekly-report', 'Write it.');
    await page.goto(`${url}/#dinner-in-lyon`);
    await say(page, 'Where can we have dinner in Lyon tonight? We are four.');
    await page.locator('.turn-end').waitFor();
    await say(page, 'Yes, the first one.');
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    await page.waitForTimeout(6_000);
    const file = path.join(repository, 'docs', 'pictures', 'web-page.png');
    const picture = await page.screenshot({ path: file });
    expect(picture.length).toBeLessThan(150 * 1024);
  });
});
