/** Subcommand prompt: what the model saw. */
import type { Command } from 'commander';
import { loadConfig } from '../../workers/load-config';
import type { Prompt } from '../prompt';
import { toCountFrom } from './to-count';
import { type ClientOptions, clientCommand, withClient } from './with-client';

interface PromptCommandOptions extends ClientOptions {
  readonly turn?: number;
  readonly step?: number;
  readonly raw?: boolean;
}

export function promptCommand(): Command {
  return clientCommand('prompt')
    .description(
      'What the model saw: the exact request of one step, from history alone, compared with what was sent.',
    )
    .argument('<id>', 'the conversation')
    .option('--turn <number>', 'the turn (default: the last one)', toCountFrom(1))
    .option('--step <number>', 'the step of the turn (default: the last one)', toCountFrom(1))
    .option('--raw', 'print the bytes of the request and nothing else, not even a line end')
    .action(async (id: string, options: PromptCommandOptions) => {
      const { modelAliases } = await loadConfig(process.cwd());
      const { turn, step } = options;
      const prompt = await withClient(options, async (client) => {
        const { installQuietRuntime } = await import('../../workers/quiet-runtime.js');
        installQuietRuntime();
        return client.prompt(id, { turn, step, ...(modelAliases && { modelAliases }) });
      });
      process.stdout.write(show(prompt, options));
      process.stderr.write(`${describePrompt(prompt)}\n`);
      if (prompt.verdict === 'differs') process.exitCode = 1;
    });
}

function show(prompt: Prompt, { json, raw }: PromptCommandOptions): string {
  if (raw) return prompt.body;
  return json
    ? `${JSON.stringify(prompt)}\n`
    : `${JSON.stringify(JSON.parse(prompt.body), null, 2)}\n`;
}

export function describePrompt(prompt: Prompt): string {
  const { turn, step, attempts, provider, model } = prompt;
  const where = `turn ${turn} · step ${step} · ${provider} ${model} · ${attempts === 1 ? '1 attempt' : `${attempts} attempts`}`;
  return [verdictOf(prompt), where, ...prompt.differences].join(' · ');
}

function verdictOf({ verdict, digest, sentDigest, status }: Prompt): string {
  switch (verdict) {
    case 'identical':
      return `identical to what was sent: sha256 ${digest}`;
    case 'differs':
      return `differs from what was sent: sha256 ${digest}, sent was ${sentDigest}`;
    case 'unrecorded':
      return `nothing to compare with, the call is ${status}: sha256 ${digest}`;
  }
}
