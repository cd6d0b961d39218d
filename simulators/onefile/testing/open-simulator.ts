/*
 * A simulator for one test, over HTTP, and the small centre of the worked examples. A bench signs in at its first
 * call and has short forms for calls and for the control door.
 */

import { onTestFinished } from 'vitest';
import type { Settings } from '../settings.ts';
import { startSimulator } from '../simulator.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export interface Bench {
  readonly baseUrl: string;
  readonly controlUrl: string;
  /** A call with the bench's own session; `headers` replace or add. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  readonly post: (path: string, body?: unknown) => Promise<Answer>;
  readonly get: (path: string) => Promise<Answer>;
  readonly door: (method: string, path: string, body?: unknown) => Promise<Answer>;
  readonly doorJson: (path: string) => Promise<Records>;
  readonly authenticate: (token?: string) => Promise<string>;
  readonly set: (switches: Record<string, unknown>) => Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
export type Records = any;

export const NOW = '2026-01-15T09:12:44.000Z';

/** One small centre: what the worked examples of the contract suppose. */
export const CENTRE = {
  customers: [
    { ID: 11, Name: 'Larkfield Training', token: 'sim-customer-1' },
    { ID: 12, Name: 'Otterbrook College', token: 'sim-customer-2' },
  ],
  organisations: [
    { ID: 301, CustomerID: 11, Name: 'Larkfield North' },
    { ID: 303, CustomerID: 12, Name: 'Otterbrook Main' },
  ],
  classrooms: [{ ID: 2001, OrganisationID: 301, Name: 'September intake', MISID: 'CL1' }],
  placements: [
    {
      ID: 30001,
      OrganisationID: 301,
      Name: 'Brindle Joinery',
      Active: true,
      Address: '2 Mill Row\r\nOldham',
      MISID: 'BRIND1',
    },
    { ID: 30008, OrganisationID: 301, Name: 'Harrow Motors', Active: false },
  ],
  units: [
    { ID: 'PLAN_01', Title: 'Plan a shift', NDAQCode: 'A/501/1000', Display: 'U1' },
    { ID: 'PLAN_02', Title: 'Lead a team' },
  ],
  standards: [
    {
      ID: 5003,
      Title: 'Team Leader',
      code: '603/1122/3',
      unitIds: ['PLAN_01', 'PLAN_02'],
      organisationIds: [301],
    },
    { ID: 5007, Title: 'Team Leader (Retail pathway)', code: '603/1122/3', organisationIds: [301] },
    { ID: 5099, Title: 'Elsewhere', organisationIds: [303] },
  ],
  templates: [{ ID: 9001, Title: 'Leading', standardIds: [5003, 5007], organisationIds: [301] }],
  users: [
    {
      ID: 400002,
      OrganisationID: 301,
      Role: 5,
      FirstName: 'Callum',
      LastName: 'Pellow',
      Email: 'c.pellow@centre.example.org',
    },
    {
      ID: 400003,
      OrganisationID: 301,
      Role: 40,
      FirstName: 'Wren',
      LastName: 'Quill',
      Email: 'w.quill@firm.example.org',
      PlacementID: 30001,
    },
    {
      ID: 400004,
      OrganisationID: 303,
      Role: 5,
      FirstName: 'Otto',
      LastName: 'Brook',
      Email: 'o.brook@centre.example.org',
    },
    {
      ID: 400060,
      OrganisationID: 301,
      Role: 1,
      FirstName: 'Nadia',
      LastName: 'Quill',
      Email: 'n.quill@learners.example.org',
      DefaultAssessorID: 400002,
      ClassroomID: 2001,
      PlacementID: 30001,
      MISID: '100001',
      DefaultEmployerID: 400003,
      CreatedOn: '2025-09-01T00:00:00Z',
      LastModified: '2025-12-01T10:00:00Z',
    },
  ],
  aims: [{ ID: 600044, StandardID: 5003, UserID: 400060, Progress: 42.5 }],
  visits: [
    {
      ID: 700011,
      LearnerID: 400060,
      OrganisationID: 301,
      DateFrom: '2026-02-02T09:00:00Z',
      DateTo: '2026-02-02T10:00:00Z',
    },
  ],
  reviews: [
    {
      ID: 800006,
      LearnerID: 400060,
      AssessorID: 400002,
      VisitID: 700011,
      ScheduledFor: '2026-02-02T09:00:00Z',
      EndTime: '2026-02-02T10:00:00Z',
    },
  ],
};

export const IMOGEN = {
  OrganisationID: 301,
  Role: 1,
  FirstName: 'Imogen',
  LastName: 'Tarrant',
  Email: 'i.tarrant@learners.example.org',
  DefaultAssessorID: 400002,
  ClassroomID: 2001,
  PlacementID: 30001,
  MISID: '104233',
  DOB: '2006-07-14T00:00:00.000Z',
};

async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const toBody = (body: unknown): Pick<RequestInit, 'body'> =>
  body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };

/** A simulator for one test, stopped when the test ends, with a session of the first customer. */
export async function openSeeded(settings: Partial<Settings> = {}): Promise<Bench> {
  const simulator = await startSimulator(settings);
  onTestFinished(simulator.stop);
  const { baseUrl, controlUrl } = simulator;
  const door: Bench['door'] = (method, path, body) => send(controlUrl + path, { method, ...toBody(body) });
  const authenticate = async (token = 'sim-customer-1'): Promise<string> =>
    (await send(`${baseUrl}/Authentication`, { method: 'POST', headers: { 'X-CustomerToken': token } })).text;
  let session: string | null = null;
  const call: Bench['call'] = async (method, path, body, headers = {}) => {
    if (session === null && headers['X-TokenID'] === undefined) session = await authenticate();
    const known = { 'X-TokenID': session ?? '', 'Content-Type': 'application/json' };
    return send(`${baseUrl}/${path}`, { method, headers: { ...known, ...headers }, ...toBody(body) });
  };
  const set = async (switches: Record<string, unknown>): Promise<void> => {
    const answer = await door('PATCH', '/switches', switches);
    if (answer.status !== 200) throw new Error(answer.text);
  };
  const doorJson = async (path: string): Promise<Records> => JSON.parse((await door('GET', path)).text);
  const post: Bench['post'] = (path, body) => call('POST', path, body);
  const get: Bench['get'] = (path) => call('GET', path);
  return { baseUrl, controlUrl, call, post, get, door, doorJson, authenticate, set };
}

/** The small centre, with the clock standing still. */
export async function openCentre(switches: Record<string, unknown> = {}): Promise<Bench> {
  const bench = await openSeeded({ size: 'empty' });
  await bench.door('POST', '/clock', { mode: 'frozen', now: NOW });
  const loaded = await bench.door('POST', '/records', CENTRE);
  if (loaded.status !== 200) throw new Error(loaded.text);
  await bench.set(switches);
  return bench;
}
