import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLIENT_KEY, PASSWORD, USER_NAME } from '../../simulators/smart-assessor/credential.ts';
import { contracts } from '../../src/vendors/smart-assessor/wire/all.ts';
import { g1Defaults } from '../../src/vendors/smart-assessor/wire/soap-g1/names.ts';
import { type Line, rowOf } from './calls/line.ts';
import { publishReport, say } from './report.ts';
import { largeSite } from './whole-lists/large-site.ts';

const learnerCount = 10_000;
const coursesEach = 2;
const mostGrownMiB = 250;

type Reading = {
  readonly lists: readonly { readonly records: number; readonly isComplete: boolean }[];
  readonly seconds: number;
  readonly grownMiB: number;
  readonly lookUpSeconds: number;
  readonly found: number;
};

/**
 * Reads whole lists of a large site through each contract, over HTTP. Simulator and client are processes of their own,
 * so that the memory is the client's alone.
 */
export async function runWholeLists(): Promise<void> {
  const simulator = await startSimulator();
  try {
    say(`Loading ${learnerCount} learners into Smart Assessor …\n`);
    await load(simulator.origin);
    const lines: Line[] = [];
    for (const { id } of contracts) {
      say(`  ${id}\n`);
      const reading = await read(id, simulator.origin);
      const counts = await takeCalls(simulator.origin);
      lines.push(toLine(id, reading, counts));
    }
    publish(lines);
  } finally {
    simulator.stop();
  }
}

async function startSimulator(): Promise<{ readonly origin: string; stop(): void }> {
  const main = fileURLToPath(new URL('../../simulators/smart-assessor/main.ts', import.meta.url));
  const env = { ...process.env, SMART_ASSESSOR_SIM_PORT: '0', SMART_ASSESSOR_SIM_SIZE: 'empty' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk)));
    child.once('exit', () => reject(new Error('the simulator did not start')));
  });
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
  return { origin, stop: () => void child.kill() };
}

async function door(origin: string, method: string, path: string, body?: object): Promise<unknown> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/_control${path}`, { method, headers, ...init });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function load(origin: string): Promise<void> {
  for (const portion of largeSite({ learners: learnerCount, coursesEach, sessionsEach: 0 }))
    await door(origin, 'POST', '/records', portion);
}

async function read(contract: string, origin: string): Promise<Reading> {
  const known = contracts.find(({ id }) => id === contract);
  const connection = {
    origin,
    contract,
    auth: 'basic-key',
    credential: { userName: USER_NAME, password: PASSWORD, clientKey: CLIENT_KEY, g1ApiKey: CLIENT_KEY },
    site: { capabilities: known?.capabilities, g1: { ...g1Defaults, misIdForm: 'text' } },
    concurrency: 2,
    connectMs: 5_000,
    writeMs: 30_000,
    readMs: 120_000,
    isDryRun: false,
  };
  const script = fileURLToPath(new URL('./whole-lists/reader.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(connection)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the reader of ${contract} ended with ${code}`);
  return JSON.parse(text) as Reading;
}

/** Calls since the last time, by operation. */
async function takeCalls(origin: string): Promise<Readonly<Record<string, number>>> {
  const calls = (await door(origin, 'GET', `/calls?since=${seen}`)) as readonly {
    readonly seq: number;
    readonly operation: string;
  }[];
  seen = calls.at(-1)?.seq ?? seen;
  const counts: Record<string, number> = {};
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

let seen = 0;

function toLine(id: string, reading: Reading, counts: Readonly<Record<string, number>>): Line {
  const records = reading.lists.map(({ records: count }) => count);
  const isWhole =
    records[0] === learnerCount &&
    records[1] === learnerCount * coursesEach &&
    reading.lists.every(({ isComplete }) => isComplete) &&
    reading.found === 20;
  const lookUps = (counts['find-learner'] ?? 0) + (counts['read-learners'] ?? 0) - 1;
  const { seconds, grownMiB, lookUpSeconds } = reading;
  return {
    measure: `${id}: ${records.join(' learners, ')} courses of learners`,
    seen: `${Math.round(grownMiB)} MiB more at the most, ${seconds.toFixed(1)} s; 20 look-ups: ${lookUps} calls, ${lookUpSeconds.toFixed(1)} s`,
    bar: `≤ ${mostGrownMiB} MiB`,
    isMet: isWhole && grownMiB <= mostGrownMiB,
    figures: { grownMiB, seconds, lookUps, lookUpSeconds },
  };
}

function publish(lines: readonly Line[]): void {
  const isMet = lines.every(({ isMet: met }) => met);
  publishReport({
    title: 'Whole lists',
    how: `The Smart Assessor client reads all ${learnerCount.toLocaleString('en-GB')} learners and the ${(learnerCount * coursesEach).toLocaleString('en-GB')} courses they are on, over HTTP, as a pass does, page by page out of whole lists, through each contract in a process of its own; the simulator is another process. Memory is the growth of the largest resident size; the first call is not counted.`,
    table: { head: ['', 'seen', 'bar', 'verdict'], rows: lines.map(rowOf) },
    observations: [
      isMet ? 'All bars are met.' : 'A bar is missed.',
      'A contract without filters finds twenty people in one list; one with a filter asks for each.',
    ],
    figures: {
      lines: lines.map(({ measure, isMet: met, figures }) => ({ measure, isMet: met, ...figures })),
    },
  });
}
