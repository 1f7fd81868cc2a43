/** What was done to recorded streams, counted. */

export interface StressCounts {
  readonly streams: number;
  /** Ways of cutting a whole stream into pieces, and those of them after which it was the same answer. */
  readonly rechunked: number;
  readonly equal: number;
  /** Cuts before the end of the answer, and those of them that were refused, to be tried again. */
  readonly cuts: number;
  readonly refused: number;
  /** Cuts behind the end of the answer, and those after which it was the same or was refused. */
  readonly lateCuts: number;
  readonly lateSame: number;
}

export const noStress: StressCounts = {
  streams: 0,
  rechunked: 0,
  equal: 0,
  cuts: 0,
  refused: 0,
  lateCuts: 0,
  lateSame: 0,
};

export function addStress(left: StressCounts, right: StressCounts): StressCounts {
  return {
    streams: left.streams + right.streams,
    rechunked: left.rechunked + right.rechunked,
    equal: left.equal + right.equal,
    cuts: left.cuts + right.cuts,
    refused: left.refused + right.refused,
    lateCuts: left.lateCuts + right.lateCuts,
    lateSame: left.lateSame + right.lateSame,
  };
}
