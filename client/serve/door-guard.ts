/**
 * Who may come in. With a key, whoever has it. Without one, what runs on this machine: no page of another site, not even
 * one whose name was made to mean this machine.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { problem, toProblemResponse } from './problem';

export interface GuardOptions {
  /** @default none is asked */
  readonly apiKey?: string | undefined;
  /** What anybody may read who reaches the door: it is the same for all, and says nothing of any conversation. */
  readonly openPaths: ReadonlySet<string>;
}

export function guardDoor({ apiKey, openPaths }: GuardOptions): MiddlewareHandler {
  const keyDigest = apiKey === undefined ? undefined : digestOf(apiKey);
  return async (context, next) => {
    const isOpen = openPaths.has(context.req.path);
    const refusal = keyDigest
      ? isOpen || hasKey(context, keyDigest)
        ? undefined
        : unauthorized()
      : foreignness(context, isOpen);
    if (refusal) return refusal;
    return next();
  };
}

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    name === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(name)
  );
}

/** Digests are compared, which have one length: how long that takes says nothing of the key. */
function hasKey(context: Context, keyDigest: Buffer): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '') ?? [];
  return given !== undefined && timingSafeEqual(digestOf(given), keyDigest);
}

function unauthorized(): Response {
  return toProblemResponse(
    problem(
      401,
      'Unauthorized',
      'A key is needed: send `Authorization: Bearer` and the HOLDFAST_API_KEY of the server.',
    ),
    { 'www-authenticate': 'Bearer realm="holdfast"' },
  );
}

function foreignness(context: Context, isOpen: boolean): Response | undefined {
  const host = context.req.header('host') ?? '';
  if (!isLoopback(nameOf(host))) {
    return forbidden(
      'ForeignHost',
      'Without a key this server answers to localhost only. Set HOLDFAST_API_KEY where `holdfast serve` runs to reach it by another name.',
    );
  }
  const origin = context.req.header('origin');
  const site = context.req.header('sec-fetch-site');
  const isOfOtherOrigin = origin !== undefined && hostOf(origin) !== host.toLowerCase();
  const isOfOtherSite = site === 'cross-site' || site === 'same-site';
  // A link from elsewhere may open the page, which then asks by itself.
  const isLink = isOpen && context.req.header('sec-fetch-mode') === 'navigate';
  if (!isOfOtherOrigin && (!isOfOtherSite || isLink)) return undefined;
  return forbidden(
    'ForeignOrigin',
    'Without a key, pages of other sites are not answered. Set HOLDFAST_API_KEY where `holdfast serve` runs, and send it.',
  );
}

function forbidden(title: string, detail: string): Response {
  return toProblemResponse(problem(403, title, detail));
}

/** The name in a Host header, without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
