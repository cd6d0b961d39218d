import { StackFault } from '../../stack/fault.ts';
import { say } from './report.ts';

/** One measurement: prints its table, and keeps figures and observations in `docs/benchmarks.md`. */
type Bench = { readonly about: string; readonly run: () => Promise<void> };

const benches: Readonly<Record<string, Bench>> = {
  latency: {
    about: 'commit in PICS to acknowledgement by OneFile, 20 changes a second',
    run: async () => (await import('./latency.ts')).runLatency(),
  },
  calls: {
    about: 'calls at OneFile per change, for a full pull and for enrolments; the same at Smart Assessor',
    run: async () => {
      await (await import('./enrolment.ts')).runEnrolment();
      await (await import('./pull.ts')).runPull();
      await (await import('./calls.ts')).runCalls();
      await (await import('./site.ts')).runSite();
      await (await import('./whole-lists.ts')).runWholeLists();
    },
  },
  enrolment: {
    about: 'calls of enrolments, undisturbed and killed at every call (part of calls)',
    run: async () => (await import('./enrolment.ts')).runEnrolment(),
  },
  pull: {
    about: 'calls and time of a full pull of 10,000 learners, on a simulated clock (part of calls)',
    run: async () => (await import('./pull.ts')).runPull(),
  },
  lists: {
    about: 'memory and time of reading a large site of Smart Assessor, through each contract (part of calls)',
    run: async () => (await import('./whole-lists.ts')).runWholeLists(),
  },
  'smart-assessor': {
    about: 'calls of runs and enrolments at Smart Assessor, 10,000 learners (part of calls)',
    run: async () => (await import('./site.ts')).runSite(),
  },
  replay: {
    about: 'a replay of 10,000 learners on the stack, beside live changes; its memory with 100,000',
    run: async () => (await import('./replay.ts')).runReplay(),
  },
  engine: {
    about: 'throughput of the delivery engine beside simpler consumers',
    run: async () => (await import('./engine.ts')).runEngine(),
  },
  statements: {
    about: "times and plans of the store's statements with 100,000 learners",
    run: async () => (await import('./statements.ts')).runStatements(),
  },
};

function usageText(): string {
  const lines = Object.entries(benches).map(([name, { about }]) => `  ${name.padEnd(16)}${about}`);
  return `Usage: npm run bench -- <name> …\n\n${lines.join('\n')}\n\nWithout a name all run, one after the other.\n`;
}

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in benches));
if (names.includes('--help')) {
  say(usageText());
} else if (unknown !== undefined) {
  say(`There is no benchmark "${unknown}".\n\n${usageText()}`);
  process.exitCode = 2;
} else {
  try {
    for (const name of names.length === 0 ? Object.keys(benches) : names) await benches[name]?.run();
  } catch (error) {
    if (!(error instanceof StackFault)) throw error;
    say(`${error.message}\n`);
    process.exitCode = 1;
  }
}
process.exit();
