/** The subcommand that prepares a server: `setup`. */
import type { Command } from 'commander';
import type { ServerNamespace, SetUpAttribute } from '../../wire/search-attributes';
import { setUpSearchAttributes } from '../../wire/search-attributes';
import { searchAttributes } from '../../workflows/contract';
import { grpcCode, grpcDetails } from '../exactly-once';
import { type ClientOptions, clientCommand, print, withClient } from './with-client';

const wanted = Object.values(searchAttributes);
const permissionDenied = 7;
const unimplemented = 12;

export function setupCommand(): Command {
  return clientCommand('setup')
    .description(
      'Creates the search attributes that conversations are listed by, where the namespace lacks them.',
    )
    .action((options: ClientOptions) =>
      withClient(options, async ({ temporal }) => {
        const { connection, options: temporalOptions } = temporal;
        const { namespace } = temporalOptions;
        const attributes = await setUp({ connection, namespace });
        print(options, { namespace, attributes }, [
          ...attributes.map(describeAttribute),
          ...describeNext(namespace, attributes),
        ]);
        if (attributes.some(({ outcome }) => outcome === 'other')) process.exitCode = 1;
      }),
    );
}

/** @throws Error that says how to create them elsewhere, when the server lets nobody do it this way. */
async function setUp(server: ServerNamespace): Promise<readonly SetUpAttribute[]> {
  try {
    return await setUpSearchAttributes(server, wanted);
  } catch (error) {
    const code = grpcCode(error);
    if (code !== permissionDenied && code !== unimplemented) throw error;
    const pairs = wanted.map(({ name, type }) => `${name}=${words[type]}`).join(', ');
    throw new Error(
      `The server does not let you create search attributes in namespace \`${server.namespace}\` (${grpcDetails(error)}). Create them where its namespaces are managed: ${pairs}.`,
      { cause: error },
    );
  }
}

function describeAttribute(attribute: SetUpAttribute): string {
  const { name, type } = attribute;
  switch (attribute.outcome) {
    case 'created':
      return `${name} (${words[type]}) is created.`;
    case 'there':
      return `${name} (${words[type]}) was there.`;
    case 'other':
      return `${name} is of type ${words[attribute.found]} here and must be ${words[type]}: it stays unused. Rename or remove yours, and run this again.`;
  }
}

function describeNext(namespace: string, attributes: readonly SetUpAttribute[]): readonly string[] {
  const isNew = attributes.some(({ outcome }) => outcome === 'created');
  if (!isNew) return [];
  return [
    `Conversations that start in namespace ${namespace} from now on can be listed by them: \`holdfast list --status running\`.`,
  ];
}

/** As Temporal's own tools call them. */
const words = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
} as const satisfies Readonly<Record<SetUpAttribute['type'], string>>;
