import { defineConfig } from 'vitest/config';

/** `fast` needs nothing but Node; `stack` needs Kafka, Connect, a registry, Postgres and Redis, and starts them. */
export default defineConfig({
  test: {
    // Every core: by default one is left free, which on two cores means one file after the other.
    maxWorkers: '100%',
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'fast',
          include: [
            'src/**/*.test.ts',
            'simulators/**/*.test.ts',
            'stack/**/*.test.ts',
            'schemas/**/*.test.ts',
            'demo/**/*.test.ts',
            'test/*.test.ts',
            'test/tour/**/*.test.ts',
            'test/simulation/**/*.test.ts',
            'test/support/**/*.test.ts',
          ],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          globalSetup: ['test/support/stack/global-setup.ts'],
          // One after the other: some of them stop parts of the stack, and two cores gain nothing from more.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          execArgv: ['--disable-warning=TimeoutNegativeWarning'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
