/** A browser without a window, for tests that look at pages. */
import { type Browser, chromium } from 'playwright-core';

/** Nothing that goes out to the internet by itself. */
const quietArguments = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Playwright gives it an empty profile of its own, and removes it at the end. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: quietArguments, timeout: 60_000 });
}
