export const readTimeline = async (..._a: unknown[]) => ({});
