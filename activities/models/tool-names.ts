/**
 * Tool names as every provider takes them: a letter or `_`, then letters, digits, `_` and `-`, 64 characters at
 * most. MCP servers name their tools more freely; the map leads back within one request.
 */
import { sha256Hex } from '../../agent/digest';

export interface ToolNames {
  /** The name that the provider is told. */
  readonly toProvider: (name: string) => string;
  /** The tool that the provider means; a name that it made up stays as it is. */
  readonly fromProvider: (name: string) => string;
}

const longestName = 64;
const legalName = /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/;

/** The names of one request's tools. Their order makes no difference. */
export function toolNamesFor(names: readonly string[]): ToolNames {
  const known = new Set(names);
  const twins = new Map<string, number>();
  for (const name of known) {
    const plain = toPlain(name);
    twins.set(plain, (twins.get(plain) ?? 0) + 1);
  }
  const toProvider = (name: string): string => {
    if (legalName.test(name)) return name;
    const plain = toPlain(name);
    const others = (twins.get(plain) ?? 0) - (known.has(name) ? 1 : 0);
    return others === 0 && plain.length <= longestName ? plain : withHash(plain, name);
  };
  const originals = new Map(names.map((name) => [toProvider(name), name]));
  return { toProvider, fromProvider: (name) => originals.get(name) ?? name };
}

function toPlain(name: string): string {
  return name.replace(/[^a-zA-Z0-9_-]/g, '_').replace(/^(?![a-zA-Z_])/, '_');
}

function withHash(plain: string, name: string): string {
  const hash = sha256Hex(name).slice(0, 8);
  return `${plain.slice(0, longestName - hash.length - 1)}_${hash}`;
}
