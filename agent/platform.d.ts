/**
 * The few globals that the Temporal sandbox, Node and browsers all have. Declared here so that `agent/` and
 * `workflows/` compile with no platform's types (`types: []`); where Node's types are loaded, these merge.
 */
interface AbortSignal {
  readonly aborted: boolean;
}

interface TextEncoder {
  encode(input?: string): Uint8Array;
}

declare var TextEncoder: { new (): TextEncoder };
