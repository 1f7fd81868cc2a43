/** The version of this package. */
export function version(): string {
  // Two folders up in the source, three in dist/.
  for (const file of ['../../package.json', '../../../package.json']) {
    try {
      return (require(file) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
