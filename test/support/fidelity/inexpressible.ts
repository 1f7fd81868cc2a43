/** What the neutral form cannot say. Every kind stands here, with its reason; nothing else may be thrown for one. */

export const inexpressibleKinds = {
  'instructions in mid-conversation':
    'A `SystemMessage` comes from the agent and stands first; Memory holds users, answers and results.',
  'several instructions':
    'An agent has one text of instructions; several blocks or both places would have to be joined.',
  'conversation kept at the provider':
    'Memory is the conversation: a request that points to what the provider stored does not hold it.',
  'tools that change in mid-conversation':
    'A run is pinned to its tools: tools that are announced between messages have no place.',
  'tool search that the client runs':
    'Its results are references to tools, and no content of a tool’s result.',
  'an empty message': 'The workflow’s door refuses a message without a word.',
  'options of a result’s content':
    'What a tool returns is MCP’s: the id of an uploaded file or the detail of an image has no word there.',
  'a call without its result': 'Memory is always sendable: every call has its result.',
  'a result without its call': 'A result belongs to a call that Memory holds.',
  'results that do not follow their calls':
    'Results come right after the answer that asked for them.',
  'two tools of one name': 'Names tell tools apart.',
  'not JSON': 'The recorded body cannot be read.',
  'a part that nobody knows': 'The part’s type is none that any message may hold.',
} as const;

export type InexpressibleKind = keyof typeof inexpressibleKinds;

/** Thrown on the way back to the neutral form, where it has no word. */
export class Inexpressible extends Error {
  constructor(
    readonly kind: InexpressibleKind,
    readonly detail = '',
  ) {
    super(detail ? `${kind}: ${detail}` : kind);
  }
}
