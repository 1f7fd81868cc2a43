/** Public entry of `holdfast/tools`. */
export { ToolError } from '../../agent/errors';
export type { Tool, ToolAnnotations, ToolContext, ToolResult } from '../../agent/tool';
export { calculator } from './calculator';
export { clock, createClock } from './clock';
export type { ClockOptions } from './clock';
export { defineTool } from './define-tool';
export type { ToolOptions, ToolOutput } from './define-tool';
export { slowTool } from './slow-tool';
