import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one line that people and machines can read: how many tests passed, failed and were skipped. */
class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const testModule of modules) {
      let inModule = 0;
      for (const one of testModule.children.allTests()) {
        const { state } = one.result();
        counts[state === 'pending' ? 'failed' : state] += 1;
        if (state === 'failed') inModule += 1;
      }
      if (testModule.state() === 'failed' && inModule === 0) counts.failed += 1;
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  }
}

// biome-ignore lint/style/noDefaultExport: the test runner loads a reporter by its default export
export default ClosingLine;
