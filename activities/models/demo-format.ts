/** The request that `DemoModel` would send if it had a provider to send it to. */
import type { ReActAgent } from '../../agent/agent';
import type { JsonObject } from '../../agent/json';
import { contentToText } from '../../agent/messages';
import type { Message } from '../../agent/model';

export interface DemoRequest {
  readonly model: string;
  readonly instructions: string;
  readonly messages: readonly DemoMessage[];
  /** The names of the agent's tools. */
  readonly tools: readonly string[];
}

export type DemoMessage =
  | { readonly role: 'user'; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content: string;
      readonly toolCalls: readonly {
        readonly id: string;
        readonly name: string;
        readonly arguments: JsonObject;
      }[];
    }
  | {
      readonly role: 'tool';
      readonly toolCallId: string;
      readonly content: string;
      readonly isError: boolean;
    };

export function toDemoRequest(agent: ReActAgent, inputs: readonly Message[]): DemoRequest {
  return {
    model: agent.model,
    instructions: agent.instructions,
    messages: inputs.map(toDemoMessage),
    tools: agent.tools.map((tool) => tool.name),
  };
}

function toDemoMessage(message: Message): DemoMessage {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: contentToText(message.content) };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        toolCalls: message.toolCalls.map((call) => ({
          id: call.id,
          name: call.name,
          arguments: call.arguments,
        })),
      };
    case 'tool_response':
      return {
        role: 'tool',
        toolCallId: message.toolCallId,
        content: contentToText(message.content),
        isError: message.isError,
      };
  }
}
