/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  transform: { '^.+\\.(t|j)s$': '@swc/jest' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // A lazy import names the file that Node is to find in dist.
  moduleNameMapper: { '^(\\.{1,2}/(?:.*/)?workers/[\\w-]+)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/bench/peers'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/retry-in-ci.ts'],
  // Most of the time is waiting: for processes to start, and for timeouts.
  maxWorkers: 2,
  // What a file leaves in its process slows those after it: each AsyncLocalStorage of Temporal's SDK costs every promise.
  workerIdleMemoryLimit: '300MB',
  testTimeout: 120_000,
};
