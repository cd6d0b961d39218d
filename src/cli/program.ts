import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { exitCodes, Fault, usageFault } from '../base/fault.ts';
import { sleep } from '../base/sleep.ts';
import { findNearest } from '../config/faults.ts';
import { isHealthy, type LagRow } from '../ops/lag.ts';
import { createDatabaseSources, createLagReader } from '../roles/lag-reader.ts';
import { type RoleName, roleNames } from '../roles/role.ts';
import { createConnect, withBroker, withPics, withStore } from './connections.ts';
import { addConnectorCommand } from './connector.ts';
import { addDoctorCommand } from './doctor.ts';
import { addEraseCommand } from './erase.ts';
import { addAlarmsCommand, addHeldCommand, addTimelineCommand } from './held.ts';
import { addConfigCommand, addPicsCommand, addStoreCommand, addTopicsCommand } from './install.ts';
import { type Column, type Io, toAgeText, toFailure, toJsonText, toTable } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';
import { addReportCommand } from './report.ts';
import { addTailCommand } from './tail.ts';
import { addVendorCommands } from './vendor/commands.ts';

const commands = [
  addRunCommand,
  addDoctorCommand,
  addConfigCommand,
  addTopicsCommand,
  addConnectorCommand,
  addPicsCommand,
  addStoreCommand,
  addVendorCommands,
  addHeldCommand,
  addTimelineCommand,
  addLagCommand,
  addAlarmsCommand,
  addReportCommand,
  addTailCommand,
  addEraseCommand,
];

/** Creates the command line with every command and its options. Nothing runs before it is parsed. */
export function createProgram(io: Io): Command {
  const program = new Command('pics-sync');
  program
    .description('Keeps PICS in step with the e-portfolio systems of a training provider.')
    .version(version, '--version', 'show the version')
    .helpOption('--help', 'show what a command does and its options')
    .helpCommand(false)
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.write(text),
      writeErr: (text) => io.tell(text),
      outputError: (text, write) => write(usageText(text)),
    })
    .allowExcessArguments()
    .action(() => {
      const [given] = program.args;
      if (given !== undefined) throw toUnknownCommand(given, program);
      program.outputHelp({ error: true });
      throw new CommanderError(exitCodes.usage, 'commander.help', 'no command');
    });
  for (const add of commands) add(program, io);
  return program;
}

/** Runs one command line. Returns the exit code; never throws. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync([...argv], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    const { sentence, exitCode } = toFailure(error);
    if (sentence !== null) io.tell(`${sentence}\n`);
    return exitCode;
  }
}

function toUnknownCommand(given: string, program: Command): Fault {
  const near = findNearest(
    given,
    program.commands.map((command) => command.name()),
  );
  const hint = near === null ? '' : ` Did you mean ${near}?`;
  return usageFault(`"${given}" is not a command.${hint} See --help.`);
}

/** Turns Commander's error text into one sentence that points to the help. */
function usageText(text: string): string {
  const [first = '', ...rest] = text
    .trim()
    .replace(/^error: /, '')
    .split('\n');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}${/[.?!]$/.test(first) ? '' : '.'}`;
  const hint = rest.map((line) => ` ${line.replace(/^\(|\)$/g, '')}`).join('');
  return `${sentence}${hint} See --help.\n`;
}

const version: string = manifest.version;

type RunOptions = CommonOptions & { readonly httpPort?: number | 'any' };

function addRunCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('run'), { json: false })
    .description('run roles until asked to stop; without names all of them')
    .argument('[roles...]', `any of ${roleNames.join(', ')}`)
    .option(
      '--http-port <port>',
      'port for metrics and health: a number, 0 for none, any for a free one',
      toPort,
    )
    .addHelpText('after', '\nSIGTERM or Ctrl-C finishes what is in work and ends; a second one ends at once.')
    .action(async (names: string[], options: RunOptions) => {
      const chosen = toRoleNames(names);
      const config = loadConfig(io, options);
      // Loaded late: these are the heavy packages, and no other command needs all of them.
      const { runRoles } = await import('../roles/run.ts');
      await runRoles(chosen, { config, signal: io.signal, httpPort: options.httpPort });
    });
}

function toRoleNames(names: readonly string[]): RoleName[] {
  for (const name of names) {
    if ((roleNames as readonly string[]).includes(name)) continue;
    const near = findNearest(name, roleNames);
    throw usageFault(
      `There is no role "${name}".${near === null ? '' : ` Did you mean ${near}?`} Known: ${roleNames.join(', ')}.`,
    );
  }
  return names.length === 0 ? [...roleNames] : roleNames.filter((name) => names.includes(name));
}

function toPort(text: string): number | 'any' {
  if (text === 'any') return 'any';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw usageFault(`--http-port must be a port, 0 or any, not "${text}".`);
}

/** Two samples this far apart show whether a queue moves. */
const betweenLooksMs = 2_500;

function addLagCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('lag'))
    .description('show how much waits in each part, how old it is, and what to do')
    .action((options: CommonOptions) => showLag(io, options));
}

const columns: readonly Column<LagRow>[] = [
  { title: 'what', value: ({ what }) => what },
  {
    title: 'count',
    value: ({ count, unit }) => (count === null ? null : toCountText(count, unit)),
    isNumber: true,
  },
  {
    title: 'seconds',
    value: ({ ageMs }) => (ageMs === null ? null : (ageMs / 1_000).toFixed(1)),
    isNumber: true,
  },
  { title: 'status', value: ({ status }) => status },
  { title: 'what to do', value: ({ advice }) => advice },
];

function toCountText(count: number, unit: LagRow['unit']): string {
  if (unit !== 'bytes') return String(count);
  return count < 1_048_576 ? `${Math.ceil(count / 1_024)} kB` : `${Math.round(count / 1_048_576)} MB`;
}

async function showLag(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const rows = await withBroker(config, async ({ admin }) => {
    const databases = createDatabaseSources(config, {
      pics: (use) => withPics(config, use),
      store: (use) => withStore(config, use),
    });
    const read = createLagReader(
      config,
      { ...databases, admin, connect: createConnect(config) },
      { isKeeper: false },
    );
    const first = await read();
    const isWaiting = first.some(({ what, count }) => what.startsWith('queue') && (count ?? 0) > 0);
    if (!isWaiting) return first;
    await sleep(betweenLooksMs, io.signal);
    return read();
  });
  if (options.json) io.write(toJsonText(rows));
  else io.write(toTable(columns, rows));
  if (!isHealthy(rows)) {
    const bad = rows.filter((row) => !isHealthy([row]));
    throw new Fault(`Needs attention: ${bad.map(({ what, status }) => `${what} is ${status}`).join('; ')}.`);
  }
  const held = rows.filter(({ status }) => status === 'held');
  const oldest = Math.max(0, ...held.map(({ ageMs }) => ageMs ?? 0));
  if (held.length > 0 && !options.json)
    io.write(`The oldest held item has waited for ${toAgeText(oldest)}.\n`);
}
