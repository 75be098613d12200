import { defineConfig } from 'vitest/config';

// `unit` and `matrix` need no engine and no root; `matrix` walks every point of something (each write, each request, each right) and takes minutes;
// `engines` starts real processes, two files at a time.
/** The AWS SDK will want Node 22 one day; package.json says what we want. */
const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

const notUnit = ['node_modules/**', 'test/e2e/**', '**/*.engines.test.ts'];
// Something that is waited for is there within milliseconds, but not on a machine that is busy with something else: a poll fails late, in both.
/** One module graph per worker: half the CPU time of the whole project. These tests leave no global state behind. */
const quick = {
  testTimeout: 20_000,
  pool: 'threads',
  isolate: false,
  maxWorkers: 2,
  env: quiet,
  expect: { poll: { timeout: 15_000 } },
  setupFiles: 'test/limit-properties.ts',
} as const;

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['**/*.test.ts'], exclude: [...notUnit, '**/*.matrix.test.ts'], ...quick } },
      { test: { name: 'matrix', include: ['**/*.matrix.test.ts'], exclude: notUnit, ...quick } },
      {
        test: {
          name: 'engines',
          include: ['**/*.engines.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: ['node_modules/**'],
          // Two worlds fit beside each other on 2 cores: half of what these tests do is waiting for somebody else.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          expect: { poll: { timeout: 60_000 } },
          env: quiet,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
