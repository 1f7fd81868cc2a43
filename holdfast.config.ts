/** What this deployment runs. An agent names its tool objects; there is no other registry. */
import { defaultModel } from './activities/models/default-model';
import { askUser } from './activities/tools/ask-user';
import { calculator } from './activities/tools/calculator';
import { clock } from './activities/tools/clock';
import { slowTool } from './activities/tools/slow-tool';
import { transferTool } from './activities/tools/transfer-tool';
import { defineAgent } from './agent/define-agent';
import { defineConfig } from './workers/config';

export default defineConfig({
  agents: [
    defineAgent({
      name: 'demo',
      // Of the provider whose key is set (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY); `demo` without one.
      model: defaultModel(),
      instructions:
        'You answer in one or two plain sentences and use your tools for anything exact.',
      tools: [calculator, clock, slowTool, transferTool, askUser],
    }),
  ],
});
