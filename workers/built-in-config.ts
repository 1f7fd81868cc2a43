/** The agent that talks when nobody has configured one: with the key that it finds, or with none. */
import { defaultModel } from '../activities/models/default-model';
import { askUser } from '../activities/tools/ask-user';
import { calculator } from '../activities/tools/calculator';
import { clock } from '../activities/tools/clock';
import { slowTool } from '../activities/tools/slow-tool';
import { transferTool } from '../activities/tools/transfer-tool';
import { defineAgent } from '../agent/define-agent';

export const demoAgent = defineAgent({
  name: 'demo',
  model: defaultModel(),
  instructions: 'You answer in one or two plain sentences and use your tools for anything exact.',
  tools: [calculator, clock, slowTool, transferTool, askUser],
});

export const builtInConfig = { agents: [demoAgent] } as const;
