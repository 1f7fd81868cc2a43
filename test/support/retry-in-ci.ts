/**
 * Many tests kill real processes under timeouts of a second or two; a machine that stalls for that long fails them
 * without a fault of ours. In CI a test has a second try, and the first one's error is printed.
 */
if (process.env.CI) jest.retryTimes(1, { logErrorsBeforeRetry: true });
