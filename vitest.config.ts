import { defineConfig } from 'vitest/config';

/** `fast` needs nothing but Node; `stack` needs Kafka, Connect, a registry, Postgres and Redis (test/stack). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: [
            'src/**/*.test.ts',
            'simulators/**/*.test.ts',
            'stack/**/*.test.ts',
            'schemas/**/*.test.ts',
            'test/*.test.ts',
            'test/tour/**/*.test.ts',
            'test/simulation/**/*.test.ts',
            'test/support/**/*.test.ts',
          ],
        },
      },
    ],
  },
});
