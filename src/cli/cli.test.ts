import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { exitCodeTexts } from './io.ts';
import { runProgram } from './program.ts';

type Run = { readonly code: number | null; readonly out: string; readonly told: string };
type Env = Record<string, string>;

/** Runs a command line in this process, which is fast enough to try many. */
async function run(argv: readonly string[], env: Env = {}): Promise<Run> {
  const texts = { out: '', told: '' };
  const code = await runProgram(argv, {
    env: { PICS_SYNC_CONFIG: '', ...env },
    write: (text) => {
      texts.out += text;
    },
    tell: (text) => {
      texts.told += text;
    },
    isTerminal: false,
    signal: new AbortController().signal,
  });
  return { code, ...texts };
}

const launcher = path.resolve(import.meta.dirname, '../../pics-sync');

/** Runs the launcher as a user does, in an empty folder and without our variables in the environment. */
function start(argv: readonly string[], env: Env = {}, file = launcher) {
  const child = spawn(file, [...argv], { cwd: tmpdir(), env: { PATH: process.env['PATH'] ?? '', ...env } });
  const texts = { out: '', told: '' };
  child.stdout.on('data', (chunk) => {
    texts.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    texts.told += chunk;
  });
  const ended = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
  return { child, ended };
}

/** Addresses at which nothing answers: ports that were free a moment ago. */
const nobody: Env = {};

beforeAll(async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );
  await new Promise((resolve) => server.close(resolve));
  Object.assign(nobody, {
    PICS_SYNC_KAFKA_BROKERS: `127.0.0.1:${port}`,
    PICS_SYNC_REGISTRY_URL: `http://127.0.0.1:${port}`,
    PICS_SYNC_CONNECT_URL: `http://127.0.0.1:${port}`,
    PICS_SYNC_PICS_PORT: String(port),
    PICS_SYNC_PICS_PASSWORD: 'sesame',
    PICS_SYNC_STORE_URL: `postgres://sync:sesame@127.0.0.1:${port}/sync`,
    PICS_SYNC_REDIS_URL: `redis://127.0.0.1:${port}`,
    PICS_SYNC_CONNECTOR_PASSWORD: 'sesame',
  });
});

test.each<[string[], RegExp]>([
  [['rum'], /^"rum" is not a command\. Did you mean run\? See --help\.\n$/],
  [['run', 'outbond'], /^There is no role "outbond"\. Did you mean outbound\?/],
  [['run', '--http-port', '70000'], /^--http-port must be a port, 0 or any, not "70000"\.\n$/],
  [['config'], /^Add a command: config check \| show\.\n$/],
  [['topics', 'creat'], /^"topics creat" is not a command\. Known: create, check\.\n$/],
  [['timeline'], /^Missing required argument 'ident'\. See --help\.\n$/],
  [
    ['onefile', 'pull', '123456789'],
    /^"123456789" is not a valid learner code: a code has 1 to 8 characters\.\n$/,
  ],
  [['held', 'retry', '1', '--vendor', 'onefil'], /^There is no vendor "onefil"\. Did you mean onefile\?\n$/],
  [
    ['onefile', 'pull', '1', '--timeout', 'soon'],
    /^--timeout must be a whole number from 1 to 86400, not "soon"\.\n$/,
  ],
  [['onefile'], /^Add a command: onefile enrol \| link \| lookup \| refresh-links \| forget-field \| pull/],
  [['onefile', 'enrol'], /^Missing required argument 'ident'\. See --help\.\n$/],
  [
    ['onefile', 'enrol', '1'],
    /^There is no terminal for questions\. Use --preview to look, or --yes to enrol\.\n$/,
  ],
  [
    ['onefile', 'enrol', '1', '--preview', '--yes'],
    /^Give either --preview \(only show\) or --yes \(enrol\), not both\.\n$/,
  ],
  [
    ['onefile', 'enrol', '1', '--yes', '--pathway', '4711'],
    /^--pathway needs a reference and the id that it is taken as, such as ST0096AS=4711, not "4711"\.\n$/,
  ],
  [['onefile', 'link'], /^Add a command: link officer \| organisation \| learner\.\n$/],
  [['onefile', 'link', 'officer', 'JB'], /^Give either the id in OneFile or --remove\.\n$/],
  [['onefile', 'link', 'officer', 'JB', '4', '--remove'], /^Give either the id in OneFile or --remove\.\n$/],
  [['onefile', 'link', 'officer', 'JB', 'x4'], /^"x4" is not a OneFile id: an id is a whole number\.\n$/],
  [
    ['onefile', 'link', 'officer', 'TOOLONG', '4'],
    /^"TOOLONG" is not a valid officer code: a code has 1 to 6 char/,
  ],
  [
    ['smart-assessor'],
    /^Add a command: smart-assessor enrol \| link \| lookup \| refresh-links \| forget-field \| pull/,
  ],
  [
    ['smart-assessor', 'link', 'officer', 'JB', '123'],
    /^"123" is not a Smart Assessor id: .*never digits alone\.\n$/,
  ],
  [
    ['smart-assessor', 'link', 'organisation', 'JB', 'x1'],
    /^"x1" is not a Smart Assessor id: the id of an employer is a whole number\.\n$/,
  ],
  [['smart-asessor', 'status'], /Did you mean smart-assessor\?/],
  [['onefile', 'lookup', 'learners'], /^Look up officers or organisations, not "learners"\.\n$/],
  [['held', 'show', 'abc'], /^"abc" is not the number of a held item\. "held list" shows the numbers\.\n$/],
  [['held', 'retry'], /^Give the numbers of the items, or --code for all items with one reason\.\n$/],
  [['held', 'skip', '3', '--reason', ' '], /^Give a reason\.\n$/],
  [['held', 'list', '--state', 'lost'], /^--state must be one of waiting, skipped, closed, not "lost"\.\n$/],
  [['alarms'], /^Add a command: alarms list \| acknowledge\.\n$/],
  [['alarms', 'acknowledge'], /^Give either the numbers of the alarms or --all\. "alarms list" shows/],
  [['alarms', 'acknowledge', '3', '--all'], /^Give either the numbers of the alarms or --all\./],
  [['alarms', 'acknowledge', 'trqual'], /^"trqual" is not the number of an alarm\. "alarms list" shows/],
  [['drift'], /^Add a command: drift list \| show \| heal\.\n$/],
  [['drift', 'heal', '--yes', '--no-wait'], /^--yes needs the plan first: leave --no-wait out\.\n$/],
  [['drift', 'show'], /^Missing required argument 'ident'\. See --help\.\n$/],
  [['drift', 'show', '123456789'], /^"123456789" is not a valid learner code: a code has 1 to 8 characters/],
  [['drift', 'list', '--vendor', 'onefil'], /^There is no vendor "onefil"\. Did you mean onefile\?\n$/],
  [['drift', 'heal', '--limit', 'all'], /^--limit must be a whole number from 1 to 100000, not "all"\.\n$/],
  [['report', 'long-brakes'], /^There is no report "long-brakes"\. Did you mean long-breaks\?\n$/],
  [['report', 'wages'], /^There is no report "wages"\. Known: unlinked-learners, undated-reviews, /],
  [['report', 'long-breaks', '--csv', '--json'], /^Give either --csv or --json, not both\.\n$/],
  [['report', '--csv'], /^Name the report for --csv\. Without a name the reports are listed\.\n$/],
  [
    ['report', 'long-breaks', '--limit', '0'],
    /^--limit must be a whole number from 1 to 1000000, not "0"\.\n$/,
  ],
  [['tail'], /^Missing required argument 'topic'\. See --help\.\n$/],
  [['lag', '--jsn'], /^Unknown option '--jsn'\. \(?Did you mean --json\?\)? See --help\.\n$/],
  [['users', 'add', 'Ann Lee'], /"Ann Lee" cannot be the name of a user: it has 2 to 64 letters/],
  [
    ['users', 'add', 'ann', '--role', 'boss'],
    /There is no role "boss" of a user\. Known: viewer, operator, admin\./,
  ],
  [
    ['lag', '--config', 'nowhere.yaml'],
    /The settings file .*nowhere\.yaml does not exist\. Copy pics-sync\.example/,
  ],
  [
    ['lag'],
    /pics\.password is missing: set it in the settings file, or set PICS_SYNC_PICS_PASSWORD in the environment\./,
  ],
])('%j is a usage error of one sentence, with exit code 2', async (argv, sentence) => {
  const { code, out, told } = await run(argv);
  expect(told).toMatch(sentence);
  expect(told).not.toMatch(/ at .*:\d+|node:internal/);
  expect({ code, out }).toEqual({ code: 2, out: '' });
});

test.each<[string[], RegExp]>([
  [['timeline', '00017'], /^The sync database: Nothing answers at this address\..*\(127\.0\.0\.1:\d+\)\n$/],
  [['onefile', 'pull', '00017'], /^PICS: Nothing answers at this address\./],
  [
    ['connector', 'status'],
    /^Kafka Connect does not answer at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)\.\n$/,
  ],
  [['drift', 'list'], /Nothing answers at this address\./],
  [['users', 'list'], /^The sync database: Nothing answers at this address\./],
  [['report', 'long-breaks', '--vendor', 'onefile'], /Nothing answers at this address\./],
  [['store', 'migrate'], /Nothing answers at this address\./],
])('%j without a server is one sentence without secrets, with exit code 1', async (argv, sentence) => {
  const { code, told } = await run(argv, nobody);
  expect(told).toMatch(sentence);
  expect(told).not.toMatch(/sesame|node:internal/);
  expect(code).toBe(1);
});

test('every command has help, on standard output, with exit code 0', async () => {
  const { code, out } = await run(['--help']);
  const names = [...out.matchAll(/^ {2}([a-z]+) ?.*$/gm)].map(([, name = '']) => name);
  expect(code).toBe(0);
  for (const name of ['run', 'doctor', 'config', 'topics', 'connector', 'pics', 'store'])
    expect(names).toContain(name);
  for (const name of ['onefile', 'lag', 'held', 'timeline', 'tail']) expect(names).toContain(name);
  const helps = await Promise.all([run(['run', '--help']), run(['held', '--help']), run(['tail', '--help'])]);
  for (const help of helps) expect(help).toMatchObject({ code: 0, told: '' });
});

test('report without a name lists the reports, without a server', async () => {
  const { code, out } = await run(['report']);
  expect(code).toBe(0);
  expect(out).toMatch(/^long-breaks +linked learners whose break may have lasted more than 180 days$/m);
  const listed = JSON.parse((await run(['report', '--json'])).out) as { name: string }[];
  expect(listed.map(({ name }) => name)).toContain('accounts-without-learner');
});

test('the runbook has every exit code and what it means, and so has the help', async () => {
  const runbook = readFileSync(path.resolve(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
  const [, section = ''] = /^## Exit codes\n(.*?)(?=^## )/ms.exec(runbook) ?? [];
  const rows = [...section.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, text]) => [code, text]);
  expect(Object.fromEntries(rows)).toEqual(exitCodeTexts);
  const { out } = await run(['--help']);
  for (const [code, text] of rows) expect(out).toMatch(new RegExp(`^ {2}${code} +${text}$`, 'm'));
});

test('a second signal ends it at once, with exit code 130', async () => {
  const { child, ended } = start(['run', 'ops', '--http-port', 'any'], nobody);
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => {
      if (String(chunk).includes('"message":"started"')) resolve();
    });
  });
  child.kill('SIGTERM');
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130 });
});

test('a receiver of traces that is no address is refused with a sentence, and nothing starts', async () => {
  const { code, told } = await start(['run', 'ops', '--http-port', 'any'], {
    ...nobody,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
  }).ended;
  expect({ code, told }).toEqual({
    code: 2,
    told: expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as .*\n$/),
  });
});

test('without a command the help goes to standard error, with exit code 2', async () => {
  const { code, out, told } = await run([]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(told).toContain('Usage: pics-sync');
});

test('config check lists all faults, as text and as JSON', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pics-sync-config-'));
  const file = path.join(folder, 'settings.yaml');
  writeFileSync(file, 'kafka: { partitions: 0, broker: [a:1] }\nonefile: { enabled: on }\n');
  const text = await run(['config', 'check', '--config', file], nobody);
  expect(text.code).toBe(1);
  expect(text.out.trim().split('\n')).toHaveLength(2);
  expect(text.told).toContain('has 2 faults');
  const json = await run(['config', 'check', '--config', file, '--json'], nobody);
  const { faults } = JSON.parse(json.out) as { faults: { path: string }[] };
  expect(faults.map((fault) => fault.path).toSorted()).toEqual(['kafka.broker', 'kafka.partitions']);
  rmSync(folder, { recursive: true, force: true });
});

test('config show prints the configuration in force without secrets', async () => {
  const { code, out } = await run(['config', 'show'], nobody);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    pics: { password: '[secret]' },
    store: { url: '[secret]' },
  });
  expect(out).not.toContain('sesame');
});

test('doctor checks everything and ends with exit code 1 if any check fails', async () => {
  const { code, out } = await run(['doctor', '--json'], nobody);
  const findings = JSON.parse(out) as { what: string; status: string; advice: string }[];
  const failed = findings.filter(({ status }) => status === 'fail');
  expect(code).toBe(1);
  expect(failed.map(({ what }) => what).toSorted()).toEqual(
    ['Kafka', 'Kafka Connect', 'PICS', 'schema registry', 'sync database'].toSorted(),
  );
  expect(failed.every(({ advice }) => advice !== '')).toBe(true);
  expect(out).not.toContain('sesame');
});

test('the launcher passes arguments and exit code on', async () => {
  expect(await start(['run', 'outbond']).ended).toEqual({
    code: 2,
    out: '',
    told: 'There is no role "outbond". Did you mean outbound? Known: outbound, poller, reconciler, ops.\n',
  });
});

test('a checkout without packages says what to do, also through a link', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pics-sync-launcher-'));
  copyFileSync(launcher, path.join(folder, 'pics-sync'));
  symlinkSync(path.join(folder, 'pics-sync'), path.join(folder, 'link'));
  const { code, told } = await start([], {}, path.join(folder, 'link')).ended;
  expect(code).toBe(1);
  expect(told).toMatch(/^The project's packages are not installed\. Run "npm ci" in .* first\.\n$/);
  rmSync(folder, { recursive: true, force: true });
});

test('run answers on a free port, and ends with exit code 0 when asked to stop', async () => {
  const { child, ended } = start(['run', 'ops', '--http-port', 'any'], nobody);
  const port = await new Promise<number>((resolve) => {
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
      const [, found] = /"port":(\d+),"message":"started"/.exec(log) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
  });
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toContain('pics_sync_connector_running');
  child.kill('SIGTERM');
  const { code, told } = await ended;
  expect(code).toBe(0);
  expect(told).not.toContain('sesame');
});

test('erase says what it does, and removes nothing without a confirmation or with a strange ident', async () => {
  const help = await run(['erase', '--help']);
  expect(help).toMatchObject({ code: 0 });
  expect(help.out).toContain('deleted in PICS');
  expect(await run(['erase', 'not an ident'], nobody)).toMatchObject({ code: 2 });
  const away = await run(['erase', '10001', '--yes'], nobody);
  expect(away).toMatchObject({ code: 1, out: '' });
  expect(away.told).toContain('PICS');
});
