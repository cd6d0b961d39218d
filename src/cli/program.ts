import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { exitCodes, type Fault, usageFault } from '../base/fault.ts';
import { findNearest } from '../config/faults.ts';
import { addAlarmsCommand } from './alarms.ts';
import { addConnectorCommand } from './connector.ts';
import { addDoctorCommand } from './doctor.ts';
import { addEraseCommand } from './erase.ts';
import { addHeldCommand, addTimelineCommand } from './held.ts';
import { addConfigCommand, addPicsCommand, addStoreCommand, addTopicsCommand } from './install.ts';
import { type Io, toFailure } from './io.ts';
import { addLagCommand } from './lag.ts';
import { addRunCommand } from './run.ts';
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
