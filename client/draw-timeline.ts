export const drawTimeline = (..._a: unknown[]): readonly string[] => [];
