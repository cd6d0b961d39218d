import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { exitCodes, type Fault, usageFault } from '../base/fault.ts';
import { findNearest } from '../config/faults.ts';
import { type RoleName, roleNames } from '../roles/role.ts';
import { addCompletionCommand } from './completion.ts';
import { addConnectorCommand } from './connector.ts';
import { addDoctorCommand } from './doctor.ts';
import { addDriftCommand } from './drift.ts';
import { addEraseCommand } from './erase.ts';
import { addAlarmsCommand, addHeldCommand, addTimelineCommand } from './held.ts';
import { addConfigCommand, addPicsCommand, addStoreCommand, addTopicsCommand } from './install.ts';
import { exitCodeTexts, type Io, toFailure } from './io.ts';
import { addLagCommand } from './lag.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';
import { addReportCommand } from './report.ts';
import { addRunsCommand } from './runs.ts';
import { addTailCommand } from './tail.ts';
import { addUsersCommand } from './users.ts';
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
  addRunsCommand,
  addHeldCommand,
  addTimelineCommand,
  addLagCommand,
  addAlarmsCommand,
  addDriftCommand,
  addReportCommand,
  addTailCommand,
  addUsersCommand,
  addEraseCommand,
  addCompletionCommand,
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
    .addHelpText('after', exitCodesText())
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

function exitCodesText(): string {
  const lines = Object.entries(exitCodeTexts).map(([code, text]) => `  ${code.padEnd(4)} ${text}\n`);
  return `\nExit codes:\n${lines.join('')}`;
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
      const tell = io.isTerminal ? io.tell : null;
      await runRoles(chosen, { config, env: io.env, signal: io.signal, httpPort: options.httpPort, tell });
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
