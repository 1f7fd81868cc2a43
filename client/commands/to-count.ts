import { InvalidArgumentError } from 'commander';

/** A parser of options that are whole numbers. */
export function toCountFrom(smallest: number): (text: string) => number {
  return (text) => {
    if (/^\d+$/.test(text) && Number(text) >= smallest) return Number(text);
    throw new InvalidArgumentError(`It must be a number, ${smallest} or above.`);
  };
}
