import type { Reporter, TestCase, TestModule } from 'vitest/node';

const slowestCount = 10;

/** Ends a run with the slowest tests, and one line for people and machines: how many passed, failed, were skipped. */
class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    const all: TestCase[] = [];
    for (const testModule of modules) {
      let inModule = 0;
      for (const one of testModule.children.allTests()) {
        const { state } = one.result();
        counts[state === 'pending' ? 'failed' : state] += 1;
        if (state === 'failed') inModule += 1;
        all.push(one);
      }
      if (testModule.state() === 'failed' && inModule === 0) counts.failed += 1;
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    process.stdout.write(
      `${describeSlowest(all)}\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`,
    );
  }
}

function describeSlowest(tests: readonly TestCase[]): string {
  const slowest = tests
    .map((test) => ({ test, seconds: (test.diagnostic()?.duration ?? 0) / 1_000 }))
    .toSorted((left, right) => right.seconds - left.seconds)
    .slice(0, slowestCount);
  const lines = slowest.map(
    ({ test, seconds }) =>
      `${seconds.toFixed(1).padStart(7)} s  ${test.module.relativeModuleId}: ${test.fullName}\n`,
  );
  return lines.length === 0 ? '' : `\nThe slowest tests:\n${lines.join('')}`;
}

// biome-ignore lint/style/noDefaultExport: the test runner loads a reporter by its default export
export default ClosingLine;
