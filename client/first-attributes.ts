/** What new conversations are listed with, as far as their server has the search attributes for it. */
import type { Client } from '@temporalio/client';
import type { SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import { readSearchAttributes } from '../wire/search-attributes';
import type { FirstAttributesInput, ListedAttributes } from '../workflows/contract';
import { firstAttributes, searchAttributes, toPairs } from '../workflows/contract';
import { grpcDetails } from './exactly-once';

/** Where some are missing, somebody may create them meanwhile. */
const lookAgainMs = 60_000;

/** For the workflow's input, and for the server. */
export interface Listed {
  readonly listed: ListedAttributes;
  readonly typedSearchAttributes: SearchAttributePair[];
}

export class FirstAttributes {
  private known: Promise<ReadonlyMap<string, SearchAttributeType>> | undefined;
  private lookedAtMs = 0;
  private isComplete = false;

  constructor(private readonly client: Client) {}

  /** Starts with what the server has, without any where it has none, does not tell, or will not take them. */
  async startWith<Started>(
    input: FirstAttributesInput,
    start: (listing: Listed | Record<string, never>) => Promise<Started>,
  ): Promise<Started> {
    const known = await this.look();
    const listed = Object.fromEntries(
      Object.entries(firstAttributes(input)).filter(([key]) => {
        const { name, type } = searchAttributes[key as keyof ListedAttributes];
        return known.get(name) === type;
      }),
    );
    if (Object.keys(listed).length === 0) return start({});
    try {
      return await start({ listed, typedSearchAttributes: toPairs(listed) });
    } catch (error) {
      if (!/search attribute/i.test(grpcDetails(error))) throw error;
      // Created or removed a moment ago, and not every part of the server has heard of it.
      this.forget();
      return start({});
    }
  }

  private forget(): void {
    this.known = Promise.resolve(new Map());
    this.isComplete = false;
    this.lookedAtMs = Date.now();
  }

  private look(): Promise<ReadonlyMap<string, SearchAttributeType>> {
    const isOld = !this.isComplete && Date.now() - this.lookedAtMs > lookAgainMs;
    if (this.known && !isOld) return this.known;
    this.lookedAtMs = Date.now();
    this.known = this.read();
    return this.known;
  }

  private async read(): Promise<ReadonlyMap<string, SearchAttributeType>> {
    const { connection, options } = this.client;
    try {
      const known = await readSearchAttributes({ connection, namespace: options.namespace });
      this.isComplete = Object.values(searchAttributes).every(
        ({ name, type }) => known.get(name) === type,
      );
      return known;
    } catch {
      // A list of conversations is a convenience: they start without it.
      return new Map();
    }
  }
}
