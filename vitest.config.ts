import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They need Kafka, Connect, a registry, Postgres and Redis; the first that runs starts them. */
const onStack = {
  globalSetup: ['test/support/stack/global-setup.ts', 'test/page/build-first.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  execArgv: ['--disable-warning=TimeoutNegativeWarning'],
};

/** Stops, kills and restarts parts: no other test may need the stack meanwhile. */
const stopsParts = 'test/stack/flows/parts-restarted.test.ts';
/** Measures: no other test may take its time meanwhile. */
const measures = 'test/stack/redis-budget.test.ts';

/** Small files with much to do: by their size they would begin last, and the others would have ended long before. */
const longOnes = [
  'contract-store',
  'contract-pics',
  'launcher',
  'lag',
  'killed',
  'runs',
  'vanished-databases',
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      longOnes.some((name) => moduleId.includes('/stack/') && moduleId.endsWith(`/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * Who may run beside whom. Projects of one group share the workers, in the order of their names.
 *
 * | group | project | runs |
 * | --- | --- | --- |
 * | 0 | alone | one file, the only one that may stop parts; mostly it waits |
 * | 0 | checks, fast | beside it, since they need nothing but Node; a check has a process of its own |
 * | 0 | page | beside them: a browser, and the page over ports in memory |
 * | 1 | stack | three files at once on one stack, each with topics, databases and groups of its own |
 * | 2 | timed | by itself |
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'alone',
          include: [stopsParts],
          // Every core: by default one is left free, which on two cores means one file after the other.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
          ...onStack,
        },
      },
      {
        test: {
          name: 'checks',
          include: ['test/checks/**/*.test.ts'],
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'fast',
          include: [
            'src/**/*.test.ts',
            'simulators/**/*.test.ts',
            'stack/**/*.test.ts',
            'schemas/**/*.test.ts',
            'monitoring/**/*.test.ts',
            'demo/**/*.test.ts',
            'test/*.test.ts',
            'test/contracts/**/*.test.ts',
            'test/tour/**/*.test.ts',
            'test/paper-vendor/**/*.test.ts',
            'test/simulation/**/*.test.ts',
            'test/support/**/*.test.ts',
          ],
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
          // A process for each of two hundred files costs more than the tests do. None of them leaves anything behind.
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'page',
          include: ['test/page/**/*.test.ts'],
          globalSetup: ['test/page/build-first.ts'],
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          exclude: [stopsParts, measures],
          // Two thirds of the time each of them waits.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          ...onStack,
        },
      },
      {
        test: {
          name: 'timed',
          include: [measures],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          ...onStack,
        },
      },
    ],
  },
});
