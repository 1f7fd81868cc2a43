/** Subcommand serve: the HTTP door. */
import type { Command } from 'commander';
import { readEnvironment } from '../../workers/environment';
import { loadConfig } from '../../workers/load-config';
import { toCountFrom } from './to-count';
import { version } from './version';
import { type ClientOptions, clientCommand, print, withClient } from './with-client';

interface ServeCommandOptions extends ClientOptions {
  readonly host: string;
  readonly port: number;
}

export function serveCommand(): Command {
  return clientCommand('serve')
    .description(
      'Serves conversations over HTTP, with a web page to talk to them, until SIGINT or SIGTERM.',
    )
    .option(
      '--host <address>',
      'the address to listen on; other than this machine’s own needs HOLDFAST_API_KEY',
      '127.0.0.1',
    )
    .option('--port <number>', 'the port; 0: any that is free', toCountFrom(0), 7280)
    .action(async (options: ServeCommandOptions) => {
      const { host, port } = options;
      // Here and not above: no other subcommand needs an HTTP server.
      const { openDoor } = await import('../serve/open-door.js');
      const { serve } = await import('../serve/serve.js');
      const { HOLDFAST_API_KEY: apiKey } = readEnvironment();
      const { agents, modelAliases } = await loadConfig(process.cwd());
      await withClient(options, async (client) => {
        const log = (line: string) => void process.stderr.write(`${line}\n`);
        const names = agents.map(({ name }) => name);
        const door = openDoor({ client, agents: names, modelAliases, log });
        const server = await serve({ door, host, port, apiKey, version: version() });
        const who = apiKey
          ? 'callers send HOLDFAST_API_KEY'
          : 'no key is asked, and only this machine is answered';
        print(options, { url: server.url, needsKey: apiKey !== undefined }, [
          `Holdfast serves ${server.url} · ${who}`,
        ]);
        if (!(await client.hasWorker())) log(client.noWorkerNotice());
        await stopped();
        await server.close();
      });
    });
}

/** A second signal ends us on the spot. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
}
