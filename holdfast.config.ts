/** What this deployment runs. An agent names its tool objects; there is no other registry. */
import { calculator } from './activities/tools/calculator';
import { clock } from './activities/tools/clock';
import { slowTool } from './activities/tools/slow-tool';
import { defineAgent } from './agent/agent';
import { defineConfig } from './workers/config';

export default defineConfig({
  agents: [
    defineAgent({
      name: 'demo',
      // No key, no network. With OPENAI_API_KEY set, try 'gpt-5-mini'.
      model: 'demo',
      instructions:
        'You answer in one or two plain sentences and use your tools for anything exact.',
      tools: [calculator, clock, slowTool],
    }),
  ],
});
