/** The bundle's entry: workflow functions, nothing else. */
export { agentWorkflow } from './agent-workflow';
