/**
 * The Temporal UI as console, in a real browser: what a conversation does, waits for and costs, the list by what it does,
 * and a decision made there. With `HOLDFAST_PICTURES=1` the pictures of the documentation are taken anew:
 * `HOLDFAST_PICTURES=1 npx jest test/end-to-end/temporal-ui`.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { textResponse, toolCallResponse } from '../../activities/models/scripted-model';
import { defineTool } from '../../activities/tools';
import { launchBrowser } from '../support/browser';
import { cleanUpAfterEach } from '../support/cleanup';
import { describeWith } from '../support/system-program';
import type { Talk } from '../support/talks';
import { nextPending, openTalk, until } from '../support/talks';
import { testUi } from '../support/temporal';

jest.setTimeout(180_000);
const atEnd = cleanUpAfterEach();
/** The machine may be busy. */
const waits = { timeout: 60_000 };
const takesPictures = process.env.HOLDFAST_PICTURES === '1';

const pay = defineTool({
  name: 'pay',
  description: 'Pays out, in euros.',
  input: z.object({ amount: z.number(), to: z.string() }),
  annotations: { keyed: true },
  approval: 'always',
  execute: ({ amount, to }) => `paid ${amount} to ${to}`,
});

const spent = { usage: { inputTokens: 1_240, outputTokens: 85 }, costUsd: 0.0125 };
const asks = toolCallResponse([{ name: 'pay', arguments: { amount: 480, to: 'Ann' } }], {
  ...spent,
  content: 'The invoice is right. I pay it.',
});

/** As one does it with the gear below the list: the UI remembers it in the browser. */
const columns = [
  'Workflow ID',
  ...['Agent', 'Status', 'Model', 'CostUsd'].map((it) => `Holdfast${it}`),
];
const chooseColumns = `localStorage.setItem('namespace-workflow-table-columns', '${JSON.stringify({
  default: columns.map((label) => ({ label })),
})}')`;

describeWith('chromium', 'the Temporal UI', (chromium) => {
  async function openPage(): Promise<Page> {
    const browser = await launchBrowser(chromium);
    atEnd(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    page.setDefaultTimeout(waits.timeout);
    return page;
  }

  test('shows what a conversation does, waits for and costs; a word is given there; the list finds it by what it does', async () => {
    const agent = `clerk-${randomUUID().slice(0, 8)}`;
    const answers = [textResponse('Ann has her money.', spent), textResponse('So has Bob.', spent)];
    const talk = await openTalk(atEnd, [asks, ...answers], {
      agent: {
        ...{ name: agent, tools: [pay], model: 'scripted' },
        limits: { budgets: { turn: { steps: 20 }, conversation: { costUsd: 2 } } },
      },
    });
    const { client, id } = talk;
    await client.send(id, 'Pay invoice 17, please.', { messageId: 'invoice-17' });
    await nextPending(talk);
    await client.send(id, 'And then invoice 18.', { messageId: 'invoice-18' });
    const page = await openPage();

    await openWorkflow(page, talk, 'user-metadata');
    const details = await shownDetails(page, 'waiting for a person');
    for (const words of [
      `${agent} · scripted`,
      'turn 1 · step 1',
      '"amount": 480',
      `holdfast approve ${id} t1s1c0`,
      '{"callId":"t1s1c0","approved":true,',
      '1 of 20 model calls',
      '$0.0125 of $2',
      '1,240 tokens in, 85 out',
      'queued invoice-18 And then invoice 18.',
      'user Pay invoice 17, please.',
      'agent The invoice is right. I pay it.',
    ]) {
      expect(details).toContain(words);
    }

    await openList(page, `HoldfastStatus="waiting_for_person" AND HoldfastAgent="${agent}"`);
    await page.getByRole('link', { name: id, exact: true }).first().waitFor();

    await openWorkflow(page, talk, 'history');
    await page.getByText('Compact', { exact: true }).first().click();
    for (const summary of ['pin the agent', 'think · step 1 · scripted', 'expiry · pay · t1s1c0']) {
      await page.getByText(summary).first().waitFor();
    }
    await sendUpdate(page, 'decide', '{"callId":"t1s1c0","approved":true}');

    await until(talk, ({ turns }) => turns[1]?.status === 'answered');
    await openWorkflow(page, talk, 'user-metadata');
    expect(await shownDetails(page, 'waiting for a message')).toContain('agent Ann has her money.');
    await openList(page, `HoldfastStatus="idle" AND HoldfastAgent="${agent}"`);
    await page.getByRole('link', { name: id, exact: true }).first().waitFor();
  });

  test('what a model, a tool or a user writes stays text there', async () => {
    const evil = `# Approved\n\n<img src="${testUi()}/x.png" onerror="alert(1)"> [all is well](https://evil.example) ![x](${testUi()}/x.png) https://evil.example $1 and $2 \`\`\`\n\n| a |\n| - |`;
    const asksEvil = toolCallResponse([{ name: 'pay', arguments: { amount: 1, to: evil } }], {
      content: evil,
    });
    const talk = await openTalk(atEnd, [asksEvil, textResponse('Well.')], {
      agent: { tools: [pay] },
    });
    await talk.client.send(talk.id, evil, { messageId: evil.slice(0, 100) });
    await nextPending(talk);
    const page = await openPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));

    await openWorkflow(page, talk, 'user-metadata');
    const details = await shownDetails(page, 'waiting for a person');

    expect(details).toContain(`"to": ${JSON.stringify(evil)}`);
    expect(
      details.match(/# Approved <img src=.* \[all is well\]\(https:\/\/evil\.example\)/g),
    ).toHaveLength(2);
    const frame = await detailsFrame(page, 'waiting for a person');
    expect(await frame.locator('main :is(img, a, h1, h2, table, ul, ol, .math)').count()).toBe(0);
    expect(await frame.locator('main pre').count()).toBe(1);
    expect(asked.filter((url) => url.endsWith('/x.png'))).toEqual([]);
  });

  // No test of anything: it takes pictures of what the tests above look at.
  if (!takesPictures) return;

  test('pictures', async () => {
    const says = (text: string) => textResponse(text, spent);
    const agent = { tools: [pay], limits: { budgets: { conversation: { costUsd: 2 } } } };
    const scenes = [
      { name: 'clerk', message: 'Pay invoice 17, please.', steps: [asks, says('Done.')] },
      { name: 'bookkeeper', message: 'Pay Ann what we owe her.', steps: [asks, says('Done.')] },
      { name: 'researcher', message: 'What is new?', steps: [says('Nothing much.')] },
    ];
    const talks: Talk[] = [];
    for (const { name, message, steps } of scenes) {
      const options = { agent: { ...agent, name }, id: `${name}-1`, tenant: 'acme' };
      const talk = await openTalk(atEnd, steps, options);
      await talk.client.send(talk.id, message);
      await until(
        talk,
        ({ pending, turns }) => pending !== undefined || turns[0]?.status === 'answered',
      );
      talks.push(talk);
    }
    const page = await openPage();
    await page.addInitScript({ content: chooseColumns });
    await openList(page, 'HoldfastTenant="acme"');
    await page.getByRole('link', { name: 'clerk-1', exact: true }).first().waitFor();
    await takePicture(page, 'list', { y: 0, height: 480 });
    await page.setViewportSize({ width: 1400, height: 1500 });
    await openWorkflow(page, talks[0]!, 'user-metadata');
    await shownDetails(page, 'waiting for a person');
    await takePicture(page, 'details', { y: 300, height: 800 });
    const { client, id } = talks[0]!;
    await client.decide(id, { callId: 't1s1c0', approved: true });
    await until(talks[0]!, ({ turns }) => turns[0]?.status === 'answered');
    await openWorkflow(page, talks[0]!, 'history');
    await page.getByText('Compact', { exact: true }).first().click();
    const expiry = page.getByText('expiry · pay · t1s1c0').first();
    await expiry.waitFor();
    expect(await expiry.isVisible()).toBe(true);
    await takePicture(page, 'history', { y: 460, height: 440 });
  });
});

async function openWorkflow(page: Page, { client, id }: Talk, tab: string): Promise<void> {
  const { runId } = await client.describe(id);
  const url = `${testUi()}/namespaces/default/workflows/${id}/${runId}/${tab}`;
  await page.goto(url, { ...waits, waitUntil: 'domcontentloaded' });
}

async function openList(page: Page, query: string): Promise<void> {
  const url = `${testUi()}/namespaces/default/workflows?query=${encodeURIComponent(query)}`;
  await page.goto(url, { ...waits, waitUntil: 'domcontentloaded' });
}

/** The UI draws Markdown in a frame of its own. */
async function detailsFrame(page: Page, words: string) {
  const deadline = Date.now() + waits.timeout;
  for (;;) {
    for (const frame of page.frames().slice(1)) {
      const text = await frame.innerText('main', { timeout: 1_000 }).catch(() => '');
      if (text.includes(words)) return frame;
    }
    if (Date.now() > deadline) throw new Error(`Nowhere it says \`${words}\`.`);
    await sleep(100);
  }
}

async function shownDetails(page: Page, words: string): Promise<string> {
  return (await detailsFrame(page, words)).innerText('main');
}

async function sendUpdate(page: Page, name: string, input: string): Promise<void> {
  await page.getByText('More Actions').first().click();
  await page.getByText('Send an Update').first().click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByTestId('update-select-button').click();
  await dialog.getByRole('option').filter({ hasText: name }).first().click();
  await dialog.locator('.cm-content').fill(input);
  // Then the input is laid out anew, and the button moves.
  await dialog.locator('.cm-content').blur();
  await dialog.getByRole('button', { name: 'Submit' }).click();
}

async function takePicture(
  page: Page,
  name: string,
  at: { readonly y: number; readonly height: number },
): Promise<void> {
  const file = path.join(__dirname, '../../docs/pictures', `temporal-ui-${name}.png`);
  const { width = 0 } = page.viewportSize() ?? {};
  await page.screenshot({ path: file, clip: { x: width - 1_150, width: 1_150, ...at } });
}
