/**
 * A client: starts a conversation, asks where it stands, sends a message, streams an answer, reads it all back.
 *
 * It needs a worker that runs the agent `demo`, such as the one of `npm start`. Outside this repository the import is
 * 'holdfast/client'.
 */
import { AgentClient } from '../client';

async function main(): Promise<void> {
  const client = await AgentClient.connect();

  // The conversation is a workflow: it outlives this script, its worker and the server's restart.
  const { id } = await client.start({ agent: 'demo' });
  console.log(`started ${id}`);

  // The same id twice is one message: repeat a send whose answer you did not get. It doesn't wait for the agent.
  const messageId = 'first-question';
  await client.send(id, 'What is 17 * 23?', { messageId });
  const { accepted } = await client.send(id, 'What is 17 * 23?', { messageId });
  console.log(`sent twice: ${accepted}`);

  // `stream` sends and watches; `ask` is the same without the events. Pieces are a preview, `complete` is what counts.
  for await (const event of client.stream(id, { message: 'Hello.' })) {
    if (event.type === 'partial') process.stdout.write(`${event.content}|`);
    if (event.type === 'complete') console.log(`\nanswer: ${event.content}`);
  }

  const { status, turn, messages, usage } = await client.state(id);
  console.log(`${status} · turn ${turn} · ${messages} messages · ${usage.outputTokens} tokens out`);
  for (const { seq, message } of await client.allMessages(id)) {
    console.log(seq, message.role, JSON.stringify(message.content));
  }

  await client.close(id);
  console.log(`closed: ${(await client.describe(id)).status}`);
  await client.disconnect();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
