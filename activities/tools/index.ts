/** Public entry of `holdfast/tools`. */
export { ToolError } from '../../agent/errors';
export type { KeptResult, Tool, ToolAnnotations, ToolContext, ToolResult } from '../../agent/tool';
export { askUser } from './ask-user';
export { calculator } from './calculator';
export { clock, createClock } from './clock';
export type { ClockOptions } from './clock';
export { defineTool } from './define-tool';
export type { ToolOptions, ToolOutput } from './define-tool';
export { readResult } from './read-result';
export { slowTool } from './slow-tool';
export { transferTool } from './transfer-tool';
