import { type Screen, toSeconds } from './screen.ts';
import type { StepResult } from './story/play-story.ts';

const titleWidth = 78;

/** The table at the end, and whether every expectation was met. */
export function showReport(results: readonly StepResult[], screen: Screen, tookMs: number): boolean {
  const expectations = sum(results, 'expectations');
  const metCount = sum(results, 'met');
  const row = (step: string, met: string, latency: string, writes: string, calls: string): string =>
    `   ${step.padEnd(titleWidth)}${met.padStart(12)}${latency.padStart(10)}${writes.padStart(9)}${calls.padStart(7)}\n`;
  screen.write(`\n${screen.bold(row('step', 'expectations', 'latency', 'changes', 'calls'))}`);
  results.forEach((result, index) => {
    const { title, met, expectations: all, latencyMs, writes, calls } = result;
    const isMet = met === all && all > 0;
    const text = row(
      `${index + 1}  ${title}`,
      `${met} of ${all} ${isMet ? '✔' : '✖'}`,
      latencyMs === null ? '-' : toSeconds(latencyMs),
      String(writes),
      String(calls),
    );
    screen.write(isMet ? text : screen.red(text));
  });
  const isMet =
    metCount === expectations && results.length > 0 && results.every(({ expectations: all }) => all > 0);
  const total = row(
    'all',
    `${metCount} of ${expectations} ${isMet ? '✔' : '✖'}`,
    '',
    String(sum(results, 'writes')),
    String(sum(results, 'calls')),
  );
  screen.write(screen.bold(total));
  screen.write(
    screen.dim(
      '\n   latency: from the last deed of the step to the last thing that was waited for\n' +
        '   changes: calls that changed something at OneFile\n' +
        '   calls:   all calls OneFile received meanwhile, most of them looking for changes there\n',
    ),
  );
  const verdict = isMet
    ? screen.green(`All ${expectations} expectations were met`)
    : screen.red(`${expectations - metCount} of ${expectations} expectations were not met`);
  screen.write(`\n${verdict}, ${toSeconds(tookMs)} after the start.\n`);
  return isMet;
}

function sum(results: readonly StepResult[], name: 'expectations' | 'met' | 'writes' | 'calls'): number {
  return results.reduce((total, result) => total + result[name], 0);
}
