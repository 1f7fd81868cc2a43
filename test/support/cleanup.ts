/** What a test has opened is closed after it, last first, however the test ends. */
export function cleanUpAfterEach(): (close: () => unknown) => void {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  return (close) => void open.push(close);
}
