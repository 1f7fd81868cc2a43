/** Subcommand transcript: everything that was said, as Markdown or JSON. */
import type { Command } from 'commander';
import { toPrintable } from '../chat/printable';
import { transcriptToMarkdown } from '../transcript';
import { toCountFrom } from './to-count';
import { type ClientOptions, clientCommand, withClient } from './with-client';

interface TranscriptCommandOptions extends ClientOptions {
  readonly turn?: number;
}

export function transcriptCommand(): Command {
  return clientCommand('transcript')
    .description(
      'Everything that was said since the beginning, as Markdown, from history alone; no worker is needed.',
    )
    .argument('<id>', 'the conversation')
    .option('--turn <number>', 'this turn alone (default: all of them)', toCountFrom(1))
    .action(async (id: string, options: TranscriptCommandOptions) => {
      const { turn, json } = options;
      const transcript = await withClient(options, (client) => client.transcript(id, { turn }));
      const clean = process.stdout.isTTY === true ? { clean: toPrintable } : {};
      const text = json
        ? `${JSON.stringify(transcript, undefined, 2)}\n`
        : transcriptToMarkdown(transcript, clean);
      process.stdout.write(text);
    });
}
