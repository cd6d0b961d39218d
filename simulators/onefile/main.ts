import { readSettings } from './settings.ts';
import { type Simulator, startSimulator } from './simulator.ts';

const HELP = `A stand-in for the OneFile Eportfolio REST API v2.1, for tests and the demo. State lives in memory.

Usage: node simulators/onefile/main.ts [--help]

Settings (environment):
  ONEFILE_SIM_PORT    port on the loopback; 0 takes a free one (4010)
  ONEFILE_SIM_HOST    address to listen on (127.0.0.1)
  ONEFILE_SIM_SEED    number the invented records grow from (1)
  ONEFILE_SIM_SIZE    empty, small, medium or large (small)
  ONEFILE_SIM_AS_OF   the day the records are built around (2026-01-15T09:00:00Z)

API base: /api/v2.1, customer token sim-customer-1. Control door: /_control.
`;

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

function explainStart(error: unknown, port: number): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use; set ONEFILE_SIM_PORT to another one, or to 0 for a free one.`;
  if (code === 'EACCES')
    return `Port ${port} may not be opened by this user; set ONEFILE_SIM_PORT to one above 1023.`;
  return `The simulator could not start: ${error instanceof Error ? error.message : String(error)}`;
}

function stopOnSignal(simulator: Simulator): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
  }
}

async function run(): Promise<void> {
  const [unknownArgument] = process.argv.slice(2).filter((argument) => argument !== '--help');
  if (unknownArgument !== undefined) return fail(`Unknown argument ${unknownArgument}; see --help.`);
  if (process.argv.includes('--help')) return void process.stdout.write(HELP);
  const settings = readSettings(process.env);
  if (settings.kind === 'faulty') return fail(`${settings.error}.`);
  try {
    const simulator = await startSimulator(settings.value);
    stopOnSignal(simulator);
    process.stdout.write(`OneFile simulator listening on ${simulator.baseUrl}\n`);
  } catch (error) {
    fail(explainStart(error, settings.value.port));
  }
}

await run();
