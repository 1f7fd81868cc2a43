/** The agent that talks when nobody has configured one: no key, no network. */
import { calculator } from '../activities/tools/calculator';
import { clock } from '../activities/tools/clock';
import { slowTool } from '../activities/tools/slow-tool';
import { defineAgent } from '../agent/agent';

export const demoAgent = defineAgent({
  name: 'demo',
  model: 'demo',
  instructions: 'You answer in one or two plain sentences and use your tools for anything exact.',
  tools: [calculator, clock, slowTool],
});

export const builtInConfig = { agents: [demoAgent] } as const;
