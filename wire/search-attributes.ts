/** The search attributes that a namespace of a server has, and creating those that it lacks. */
import type { ConnectionLike } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';

export interface SearchAttribute {
  readonly name: string;
  readonly type: SearchAttributeType;
}

export interface ServerNamespace {
  readonly connection: Pick<ConnectionLike, 'operatorService' | 'withDeadline'>;
  readonly namespace: string;
}

/** `other`: there is one by that name, of another type, which cannot be used. */
export type SetUpAttribute = SearchAttribute &
  (
    | { readonly outcome: 'created' | 'there' }
    | { readonly outcome: 'other'; readonly found: SearchAttributeType }
  );

/** As the protocol numbers them. */
const indexedValueTypes = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
} as const satisfies Readonly<Record<SearchAttributeType, number>>;

const deadlineMs = 5_000;
const alreadyExists = 6;

/** Those that people have created, by name. @throws Error when the server does not tell. */
export async function readSearchAttributes({
  connection,
  namespace,
}: ServerNamespace): Promise<ReadonlyMap<string, SearchAttributeType>> {
  const { customAttributes } = await connection.withDeadline(Date.now() + deadlineMs, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  const found = Object.entries(customAttributes ?? {}).map(
    ([name, type]) => [name, toType(type)] as const,
  );
  return new Map(found.flatMap(([name, type]) => (type ? [[name, type] as const] : [])));
}

/** Creates of `wanted` what is not there. As often as one likes. @throws Error when the server refuses. */
export async function setUpSearchAttributes(
  server: ServerNamespace,
  wanted: readonly SearchAttribute[],
): Promise<readonly SetUpAttribute[]> {
  const there = await readSearchAttributes(server);
  const missing = wanted.filter(({ name }) => !there.has(name));
  if (missing.length > 0) await create(server, missing);
  return wanted.map(({ name, type }) => {
    const found = there.get(name);
    if (found === undefined) return { name, type, outcome: 'created' };
    return found === type
      ? { name, type, outcome: 'there' }
      : { name, type, outcome: 'other', found };
  });
}

async function create(
  { connection, namespace }: ServerNamespace,
  missing: readonly SearchAttribute[],
): Promise<void> {
  const types = missing.map(({ name, type }) => [name, indexedValueTypes[type]] as const);
  try {
    await connection.withDeadline(Date.now() + deadlineMs, () =>
      connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(types),
      }),
    );
  } catch (error) {
    // Somebody else was quicker.
    if ((error as { readonly code?: unknown }).code !== alreadyExists) throw error;
  }
}

function toType(value: unknown): SearchAttributeType | undefined {
  const types = Object.keys(indexedValueTypes) as SearchAttributeType[];
  return types.find((type) => indexedValueTypes[type] === value);
}
