/** The error table: every condition, in the order in which it is read. */
import { answerConditions } from './answers';
import type { Condition } from './condition';
import { connectionConditions } from './connections';
import { limitConditions } from './limits';
import { refusalConditions } from './refusals';
import { serverConditions } from './servers';
import { streamConditions } from './streams';

export interface Chapter {
  readonly title: string;
  readonly conditions: readonly Condition[];
}

export const chapters: readonly Chapter[] = [
  { title: 'The request is refused', conditions: refusalConditions },
  { title: 'Too fast, or too much', conditions: limitConditions },
  { title: 'The provider is in trouble', conditions: serverConditions },
  { title: 'The connection', conditions: connectionConditions },
  { title: 'An answer that is none', conditions: streamConditions },
  { title: 'Answers that are results', conditions: answerConditions },
];
