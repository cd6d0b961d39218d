import type { Reading } from './door.ts';

interface Program<Settings extends { port: number }> {
  /** As people read it: `OneFile simulator`. */
  readonly title: string;
  readonly help: string;
  readonly portSetting: string;
  readonly readSettings: (env: Readonly<Record<string, string | undefined>>) => Reading<Settings>;
  readonly start: (settings: Settings) => Promise<{ baseUrl: string; stop: () => Promise<void> }>;
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

function explainStart(error: unknown, port: number, setting: string): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use; set ${setting} to another one, or to 0 for a free one.`;
  if (code === 'EACCES')
    return `Port ${port} may not be opened by this user; set ${setting} to one above 1023.`;
  return `The simulator could not start: ${error instanceof Error ? error.message : String(error)}`;
}

function stopOnSignal(stop: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().then(() => process.exit(0)));
  }
}

/** A simulator as a program of its own: help, settings from the environment, one clear sentence for each fault. */
export async function runProgram<Settings extends { port: number }>(
  program: Program<Settings>,
): Promise<void> {
  const [unknownArgument] = process.argv.slice(2).filter((argument) => argument !== '--help');
  if (unknownArgument !== undefined) return fail(`Unknown argument ${unknownArgument}; see --help.`);
  if (process.argv.includes('--help')) return void process.stdout.write(program.help);
  const settings = program.readSettings(process.env);
  if (settings.kind === 'faulty') return fail(`${settings.error}.`);
  try {
    const { baseUrl, stop } = await program.start(settings.value);
    stopOnSignal(stop);
    process.stdout.write(`${program.title} listening on ${baseUrl}\n`);
  } catch (error) {
    fail(explainStart(error, settings.value.port, program.portSetting));
  }
}
