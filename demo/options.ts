import { parseArgs } from 'node:util';
import { defaultInputs, findInputFault } from '../simulators/pics/generate/inputs.ts';

/** Small enough for a story of two and a half minutes; every awkward learner is in it. */
const defaultLearners = 100;
/** OneFile's limit of calls makes the poller slower with every learner. */
const mostLearners = 5_000;

export const help = `Shows what pics-sync does, on real parts and with real processes, in two to three minutes.

  npm run demo                      starts everything, plays the story, takes everything down again
  npm run demo -- --keep            leaves everything running at the end, until Ctrl-C

It downloads what is missing (once), starts Kafka, Connect, a schema registry, PostgreSQL and Redis on this machine
without containers, fills a PICS and simulators of OneFile and Smart Assessor with invented learners, and starts
pics-sync as separate processes. Nothing talks to a real vendor. Ctrl-C at any time ends all of it.

Options, after "--":
  --keep             leave everything running at the end and say how to look around
  --learners <n>     how many learners to invent: 50 to ${mostLearners} (default ${defaultLearners})
  --seed <n>         the number they grow from: the same number gives the same learners (default ${defaultInputs.seed})
  --help             this text

Ends with 0 when every expectation was met, 1 when one was not or the demo could not run, 130 after Ctrl-C.

Environment:
  PICS_SYNC_STACK_KAFKA, _REGISTRY, _CONNECT, _POSTGRES, _REDIS     a part that runs elsewhere: used, not started
  NO_COLOR                                                           no colours
`;

export type DemoOptions = { readonly isKept: boolean; readonly learners: number; readonly seed: number };

type DemoCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'run'; readonly options: DemoOptions };

const shape = {
  keep: { type: 'boolean' },
  learners: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the arguments. What is wrong comes back as a sentence. */
export function readCommand(args: readonly string[]): DemoCommand {
  const values = parseOptions(args);
  if (typeof values === 'string') return refused(values);
  if (values.help) return { kind: 'help' };
  const learners = readWhole(values.learners, defaultLearners);
  if (learners === null) return refused(`--learners must be a whole number, not "${values.learners}".`);
  const seed = readWhole(values.seed, defaultInputs.seed);
  if (seed === null) return refused(`--seed must be a whole number, not "${values.seed}".`);
  if (learners > mostLearners)
    return refused(
      `--learners must be at most ${mostLearners}: at 300 calls a minute, looking at more of them at OneFile takes too long.`,
    );
  const fault = findInputFault({ ...defaultInputs, learners, seed });
  if (fault !== null) return refused(`--${fault}.`);
  return { kind: 'run', options: { isKept: values.keep ?? false, learners, seed } };
}

function parseOptions(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: shape, allowPositionals: true });
    const [extra] = positionals;
    return extra === undefined ? values : `The demo takes options only, not "${extra}".`;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const [sentence = ''] = message.split(/\. |\n/);
    if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && sentence.includes('ambiguous'))
      return `${sentence.match(/--\w+/)?.[0] ?? 'The option'} needs a value that does not begin with "-".`;
    return `${sentence.replace(/\.$/, '')}.`;
  }
}

function refused(sentence: string): DemoCommand {
  return { kind: 'refused', sentence: `${sentence} See npm run demo -- --help` };
}

function readWhole(text: string | undefined, fallback: number): number | null {
  if (text === undefined) return fallback;
  return /^\d{1,10}$/.test(text) ? Number(text) : null;
}
