/**
 * A process of its own that starts (or finds) the dev server of a folder, prints one line of JSON, and stops when its
 * standard input ends: `dev-server-starter.ts <folder> <temporal> <server port> <ui port>`.
 */
import { startDevServer } from '../../workers/dev-server';

async function main(): Promise<void> {
  const [folder, cliPath, serverPort, uiPort] = process.argv.slice(2);
  if (folder === undefined) throw new Error('A folder is needed.');
  const server = await startDevServer({
    folder,
    environment: { ...process.env, TEMPORAL_CLI_PATH: cliPath },
    report: (line) => console.error(line),
    preferredPorts: { server: Number(serverPort), ui: Number(uiPort) },
  });
  const { address, pid, startedHere } = server;
  console.log(JSON.stringify({ address, pid, startedHere }));
  for await (const _chunk of process.stdin);
  await server.stop();
}

void main();
