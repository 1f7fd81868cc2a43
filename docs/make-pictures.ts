/**
 * Takes the README's pictures anew: a real chat in tmux whose worker is killed in mid-answer, and the same conversation
 * in the Temporal UI.
 *
 *   npx tsx docs/make-pictures.ts
 *
 * Needs tmux and Chromium (`CHROMIUM`, by default /usr/bin/chromium). The working folder is seen in the picture, so run it
 * from a copy in a neutral place. `HOLDFAST_PORT` chooses the port. The other pictures are taken by the tests of what they
 * show: `HOLDFAST_PICTURES=1 npx jest test/end-to-end/web-page test/end-to-end/temporal-ui`.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../test/support/browser';

const pictures = path.join(__dirname, 'pictures');
const socket = `holdfast-pictures-${process.pid}`;

async function main(): Promise<void> {
  const browser = await launchBrowser(process.env.CHROMIUM ?? '/usr/bin/chromium');
  try {
    const { chat, kill, url } = await playTheScene();
    await takeChat(browser, chat, kill);
    await takeTemporalUi(browser, url);
  } finally {
    await browser.close();
    await endTheScene();
  }
}

async function playTheScene(): Promise<{ chat: string; kill: string; url: string }> {
  openTerminal('chat', 40);
  openTerminal('kill', 5);
  await sleep(1_000);
  type('chat', 'npm start');
  await waitFor('chat', /^you ›\s*$/m);
  type('chat', 'What is 17 * 23?');
  await waitFor('chat', /= 391\.\s+you ›/);
  type('chat', 'tell me a story');
  await waitFor('chat', /halfway\s+up/);
  const worker = found(/worker (\d+) · kill/);
  const url = found(/see it run: (\S+)/);
  type('kill', `kill -9 ${worker}`);
  await waitFor('chat', /signed\s+the\s+page\.\s+you ›/);
  return { chat: capture('chat', true), kill: capture('kill', true), url };

  function found(pattern: RegExp): string {
    const text = pattern.exec(capture('chat'))?.[1];
    if (text === undefined) throw new Error(`The chat shows nothing like ${pattern}.`);
    return text;
  }
}

async function endTheScene(): Promise<void> {
  tmux('send-keys', '-t', 'chat', 'C-d');
  await waitFor('chat', /\$\s*$/);
  tmux('kill-server');
}

async function takeChat(browser: Browser, chat: string, kill: string): Promise<void> {
  const page = await browser.newPage({
    deviceScaleFactor: 2,
    viewport: { width: 828, height: 600 },
  });
  const terminals = [
    terminal('first terminal', chat),
    terminal('second terminal, in the middle of the story', kill.split('\n')[0]!),
  ];
  await page.setContent(`<!doctype html><style>${style}</style><body>${terminals.join('')}`);
  await page.locator('body').screenshot({ path: path.join(pictures, 'chat.png') });
}

async function takeTemporalUi(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage({
    deviceScaleFactor: 2,
    viewport: { width: 1450, height: 1000 },
  });
  // A running workflow refreshes for ever: there is no idle network to wait for.
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await sleep(6_000);
  await page.getByText('Descending').first().click();
  await sleep(2_000);
  // Without the UI's own navigation at the left and the top.
  const clip = { x: 262, y: 100, width: 1188, height: 690 };
  await page.screenshot({ path: path.join(pictures, 'temporal-ui.png'), clip });
}

function openTerminal(name: string, rows: number): void {
  const size = ['-x', '96', '-y', String(rows)];
  tmux(
    'new-session',
    '-d',
    '-s',
    name,
    ...size,
    "env PS1='$ ' npm_config_loglevel=silent bash --norc",
  );
}

function type(name: string, text: string): void {
  tmux('send-keys', '-t', name, '-l', text);
  tmux('send-keys', '-t', name, 'Enter');
}

function capture(name: string, withColours = false): string {
  return tmux('capture-pane', ...(withColours ? ['-e'] : []), '-p', '-t', name).trimEnd();
}

async function waitFor(name: string, pattern: RegExp): Promise<void> {
  for (let waitedMs = 0; waitedMs < 120_000; waitedMs += 100) {
    if (pattern.test(capture(name))) return;
    await sleep(100);
  }
  throw new Error(`Terminal \`${name}\` never showed ${pattern}:\n${capture(name)}`);
}

function tmux(...parameters: string[]): string {
  return execFileSync('tmux', ['-L', socket, ...parameters], { encoding: 'utf8' });
}

const style = `
  body { margin: 0; padding: 22px; width: max-content; background: #e9e7de; }
  figure { margin: 0 0 14px; width: max-content; border-radius: 8px; overflow: hidden; background: #1c1b1a; }
  figure:last-child { margin: 0; }
  figcaption { padding: 6px 16px; background: #343331; color: #b7b5ac; font: 12px 'DejaVu Sans', sans-serif; }
  pre { margin: 0; padding: 12px 16px; color: #cecdc3; font: 13px/1.45 'DejaVu Sans Mono', monospace; }
`;
/** By the number of the escape sequence. */
const looks: Readonly<Record<string, string>> = {
  1: 'font-weight: 700',
  2: 'opacity: 0.62',
  31: 'color: #d14d41',
  32: 'color: #879a39',
  33: 'color: #d0a215',
  36: 'color: #3aa99f',
};

function terminal(title: string, text: string): string {
  return `<figure><figcaption>${title}</figcaption><pre>${toHtml(text)}</pre></figure>`;
}

function toHtml(text: string): string {
  let active: readonly string[] = [];
  // The even pieces are text, the odd ones the numbers of the escape sequences between them.
  // eslint-disable-next-line no-control-regex -- that is what is read here
  const pieces = text.split(/\u001b\[([\d;]*)m/).map((piece, index) => {
    if (index % 2 === 1) {
      for (const number of piece.split(';')) {
        active = number === '' || number === '0' ? [] : [...active, looks[number] ?? ''];
      }
      return '';
    }
    const escaped = piece.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return `<span style="${active.join(';')}">${escaped}</span>`;
  });
  return pieces.join('');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
