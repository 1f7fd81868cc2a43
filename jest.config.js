/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  transform: { '^.+\\.(t|j)s$': '@swc/jest' },
  // fparser is published as an ES module only.
  transformIgnorePatterns: ['/node_modules/(?!fparser/)'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/bench/peers'],
  testTimeout: 60_000,
};
