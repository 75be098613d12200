import { defineConfig } from 'vitest/config';

// Two projects: `unit` needs no engine and no root; `engines` starts real processes, one file at a time (2 cores).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', 'test/e2e/**', '**/*.engines.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'engines',
          include: ['**/*.engines.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: ['node_modules/**'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
