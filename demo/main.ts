import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { toPostgresUrl } from '../stack/addresses.ts';
import { sentenceOf } from '../stack/fault.ts';
import { toPicsDatabase, toStoreDatabase } from '../test/support/deployment/config-file.ts';
import { type DemoSystem, filesDir, projectDir, startAll } from './installation.ts';
import { type DemoOptions, help, readCommand } from './options.ts';
import { createPhases, createScreen, type Screen, toSeconds } from './screen.ts';
import { playStory, showReport } from './story/play-story.ts';

const exitCodes = { met: 0, failed: 1, interrupted: 130 } as const;
const startedAtMs = performance.now();
const screen = createScreen(process.stdout);

async function main(args: string[]): Promise<number> {
  const command = readCommand(args);
  switch (command.kind) {
    case 'help':
      screen.write(help);
      return exitCodes.met;
    case 'refused':
      process.stderr.write(`${command.sentence}\n`);
      return exitCodes.failed;
    case 'run':
      return run(command.options);
  }
}

/** Everything is taken down again at the end, also after a fault or Ctrl-C. */
async function run(options: DemoOptions): Promise<number> {
  const signal = abortOnSignal();
  const phases = createPhases(screen);
  const cleanUp = new AsyncDisposableStack();
  let exitCode: number = exitCodes.failed;
  try {
    screen.write(`${screen.bold('Preparing')}\n`);
    const started = await startAll({ options, phases, cleanUp, signal });
    const results = await playStory(started.scene, screen);
    const isMet = showReport(results, screen, performance.now() - startedAtMs);
    exitCode = isMet ? exitCodes.met : exitCodes.failed;
    if (options.isKept) await keep(started, signal);
  } catch (error) {
    if (!signal.aborted) process.stderr.write(`${sentenceOf(error)}\n`);
  }
  if (signal.aborted && !options.isKept) exitCode = exitCodes.interrupted;
  const why = signal.aborted && !options.isKept ? 'Interrupted. ' : '';
  screen.write(`\n${screen.bold(`${why}Taking everything down`)}\n`);
  await phases.run('processes, simulators and parts are ended, their data is removed', () =>
    cleanUp.disposeAsync(),
  );
  screen.write(`   ${toSeconds(performance.now() - startedAtMs)} in all.\n`);
  if (exitCode !== exitCodes.failed) rmSync(filesDir, { recursive: true, force: true });
  else if (existsSync(filesDir)) screen.write(`   Logs and configuration are still there: ${filesDir}\n`);
  return exitCode;
}

async function keep(started: DemoSystem, signal: AbortSignal): Promise<void> {
  const made = await started.scene.installation.mustCli('users', 'add', 'admin', '--role', 'admin', '--json');
  const { name, password } = JSON.parse(made) as { readonly name: string; readonly password: string };
  screen.write(`\n${screen.bold('The page, for a browser')}\n`);
  screen.write(
    `   ${started.roles.get('ops')?.().httpUrl}/\n   sign in as ${name} with ${password}, for one use\n`,
  );
  showSurroundings(started, screen);
  screen.write(`\nEverything runs on. Ctrl-C ends it.\n`);
  const isAwake = setInterval(() => {}, 60_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(isAwake);
}

/** One Ctrl-C may arrive several times: from the terminal, and from the program that started this process. */
const oneSignalMs = 1_000;

/** The first signal ends everything in good order; a second one at once, and what was started follows by itself. */
function abortOnSignal(): AbortSignal {
  const aborted = new AbortController();
  let abortedAtMs = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!aborted.signal.aborted) abortedAtMs = performance.now();
      else if (performance.now() - abortedAtMs > oneSignalMs) process.exit(exitCodes.interrupted);
      aborted.abort();
    });
  }
  return aborted.signal;
}

/** Eight processes of the same sources start here: what one has compiled the others need not compile again. */
function shareCompiledCode(): void {
  const folder = path.join(projectDir, 'node_modules', '.cache', 'compiled');
  process.env['NODE_COMPILE_CACHE'] ??= folder;
  module.enableCompileCache(process.env['NODE_COMPILE_CACHE']);
}

process.stdout.on('error', () => process.exit(exitCodes.failed)); // the reader has left
shareCompiledCode();
process.exitCode = await main(process.argv.slice(2));

/** What a person needs to look at the running installation: addresses, databases, commands, logs. */
function showSurroundings({ scene, stack, roles }: DemoSystem, screen: Screen): void {
  const { installation } = scene;
  const { postgres, kafka, registry, connect, redis } = stack.addresses;
  const toDatabase = (database: string): string => toPostgresUrl({ ...postgres, database });
  const section = (title: string, lines: Readonly<Record<string, string>>): void => {
    screen.write(`\n${screen.bold(title)}\n`);
    for (const [name, value] of Object.entries(lines)) screen.write(`   ${name.padEnd(18)}${value}\n`);
  };
  section('Databases (psql or any other client)', {
    PICS: toDatabase(toPicsDatabase(installation.name)),
    'sync database': toDatabase(toStoreDatabase(installation.name)),
  });
  section('OneFile simulator', {
    'control door': installation.oneFile.url,
    'every call it got': `curl ${installation.oneFile.url}/calls`,
    'its reviews': `curl ${installation.oneFile.url}/records/reviews`,
  });
  section('Smart Assessor simulator', {
    'control door': installation.smartAssessor.url,
    'every call it got': `curl ${installation.smartAssessor.url}/calls`,
    'its sign-in mails': `curl ${installation.smartAssessor.url}/outbox`,
  });
  section('Parts', { Kafka: kafka.join(','), Registry: registry, Connect: connect, Redis: redis });
  section(
    'Processes: /metrics, /healthz, /readyz',
    Object.fromEntries(
      [...roles].map(([role, running]) => [role, `${running().httpUrl}  (pid ${running().pid})`]),
    ),
  );
  section('Logs', { folder: installation.directory });
  screen.write(`\n${screen.bold('Commands: in another terminal, in the folder of the project, first')}\n`);
  for (const [name, value] of Object.entries(installation.env))
    screen.write(`   export ${name}='${value}'\n`);
  screen.write(`${screen.bold('then for example')}\n`);
  for (const command of lookAround) screen.write(`   ${command} --config ${installation.configFile}\n`);
}

/** Whole lines, so that `test/documents.test.ts` finds them and checks that the program has such commands. */
const lookAround = [
  './pics-sync doctor',
  './pics-sync lag',
  './pics-sync timeline 10001',
  './pics-sync onefile pull 10001',
  './pics-sync smart-assessor status',
  './pics-sync held list',
  './pics-sync tail itp_revu',
];
