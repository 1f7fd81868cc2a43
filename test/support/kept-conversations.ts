/** The kept histories, as conversations: all runs of each, the first one first. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import type { HistoryEvent } from '../../client/timeline/from-history';

const folder = path.join(__dirname, '..', 'histories');

export interface KeptRun {
  readonly file: string;
  readonly events: readonly HistoryEvent[];
}

export interface KeptConversation {
  readonly name: string;
  readonly runs: readonly KeptRun[];
}

export function keptConversations(): readonly KeptConversation[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  const names = new Set(files.map((file) => file.slice(0, file.indexOf('.'))));
  return [...names].map((name) => {
    const runs = files.filter((file) => file.startsWith(`${name}.`)).toSorted(byRun);
    return { name, runs: runs.map((file) => ({ file, events: readEvents(file) })) };
  });
}

function readEvents(file: string): readonly HistoryEvent[] {
  const text = readFileSync(path.join(folder, file), 'utf8');
  return historyFromJSON(JSON.parse(text)).events ?? [];
}

function byRun(left: string, right: string): number {
  return Number(left.split('.')[1]) - Number(right.split('.')[1]);
}
