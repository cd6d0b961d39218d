import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLIENT_KEY, PASSWORD, USER_NAME } from '../../simulators/smart-assessor/credential.ts';
import { contracts } from '../../src/vendors/smart-assessor/wire/all.ts';
import { g1Defaults } from '../../src/vendors/smart-assessor/wire/soap-g1/names.ts';
import { type Line, rowOf } from './calls/line.ts';
import { publishReport, say } from './report.ts';

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

const guid = (kind: number, n: number): string =>
  `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

async function door(origin: string, method: string, path: string, body?: object): Promise<unknown> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/_control${path}`, { method, headers, ...init });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function load(origin: string): Promise<void> {
  const courses = Array.from({ length: 40 }, (_, n) => ({
    id: guid(1, n + 1),
    title: `Diploma number ${n} in a subject with a long name`,
    qanCode: `6010${String(n).padStart(3, '0')}X`,
  }));
  const assessors = Array.from({ length: 50 }, (_, n) => ({
    id: guid(2, n + 1),
    misId: `OFF${n}`,
    firstName: 'Ada',
    lastName: `Number${n}`,
    userName: `ada${n}@example.org`,
  }));
  await door(origin, 'POST', '/records', { courses, assessors });
  const step = 1_000;
  for (let from = 0; from < learnerCount; from += step) {
    const numbers = Array.from({ length: step }, (_, n) => from + n);
    const learners = numbers.map((n) => ({
      id: guid(3, n + 1),
      misId: String(100_000 + n),
      familyName: `Okafor-Williams${n}`,
      givenNames: 'Adaeze Margaret',
      dateOfBirth: '2004-02-29',
      uln: String(9_000_000_000 + n),
      email: `adaeze.okafor${n}@example.org`,
      telNumber: '01632 960101',
      mobile: '07700 900123',
      homeAddress: {
        line1: `${n} High Street`,
        locality: 'Lower End',
        town: 'Exampleton',
        county: 'Exampleshire',
        postCode: 'EX99 1AB',
      },
    }));
    const learnerCourses = numbers.flatMap((n) =>
      Array.from({ length: coursesEach }, (_, at) => ({
        learnerId: guid(3, n + 1),
        courseId: guid(1, ((n + at) % 40) + 1),
        qanCode: `6010${String((n + at) % 40).padStart(3, '0')}X`,
        title: `Diploma number ${(n + at) % 40} in a subject with a long name`,
        startDate: '2025-09-01',
        endDate: '2027-09-01',
        status: 'InTraining',
        assessorId: guid(2, (n % 50) + 1),
        progressAssessedPc: n % 100,
        progressMappedPc: 100,
      })),
    );
    await door(origin, 'POST', '/records', { learners });
    await door(origin, 'POST', '/records', { learnerCourses });
  }
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
    how: `The Smart Assessor client reads all ${learnerCount.toLocaleString('en-GB')} learners and the ${(learnerCount * coursesEach).toLocaleString('en-GB')} courses they are on, over HTTP, through each contract in a process of its own; the simulator is another process. Memory is the growth of the largest resident size; the first call is not counted.`,
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
