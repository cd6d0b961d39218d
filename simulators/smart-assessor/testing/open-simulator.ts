/* A simulator for one test over HTTP, with short forms for calls on both façades and for the control door. */

import { onTestFinished } from 'vitest';
import { CLIENT_KEY, PASSWORD, USER_NAME } from '../credential.ts';
import type { Settings } from '../settings.ts';
import { startSimulator } from '../simulator.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
export type Records = any;

export interface Bench {
  readonly baseUrl: string;
  readonly soapUrl: string;
  readonly controlUrl: string;
  readonly rest: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  readonly json: (method: string, path: string, body?: unknown) => Promise<Records>;
  /** The body element as XML without namespace; `key` and `readOnly` go into the header block. */
  readonly soap: (body: string, header?: { key?: string; readOnly?: boolean }) => Promise<Answer>;
  readonly door: (method: string, path: string, body?: unknown) => Promise<Answer>;
  readonly doorJson: (path: string) => Promise<Records>;
  readonly act: (path: string, body?: unknown) => Promise<Records>;
  readonly set: (switches: Record<string, unknown>) => Promise<void>;
  readonly rule: (action?: object, match?: object, more?: object) => Promise<void>;
  readonly lastCall: () => Promise<Records>;
}

/** The first records of seed 1, as the worked examples have them. */
export const LEARNER = '1acd456d-8c17-4821-bb5b-8bab3241d0cb';
export const NEXT_LEARNER = '1cc19366-e778-43a4-8e75-2524d03ca1fb';
export const COURSE = '7ca3bbe2-af0a-4854-bd76-f97780497ba5';
export const ASSESSOR = '335df8bc-b135-46d0-88a5-e41523b54312';
export const SESSION = '04d3dcd0-6bc5-4d16-a3c3-76dddd3f3fe7';

export const ADA = {
  misId: '104233',
  familyName: 'Okafor',
  givenNames: 'Ada',
  dateOfBirth: '2004-02-29',
  uln: '9000000016',
  email: 'ada.okafor@example.org',
  homeAddress: { line1: '2 High Street', postCode: 'EX99 1AB' },
  sendWelcomeEmail: true,
};

export const HILLSIDE = {
  misId: 'HILLS1',
  name: 'Hillside Care Ltd',
  edrsNumber: '900112239',
  telephone: '01632 960101',
  address: { line1: '1 Mill Lane', town: 'Exampleton', postCode: 'EX99 1AA' },
  employerSize: '50-249',
};

export const ENROLMENT = {
  courseId: COURSE,
  qanCode: '60112345',
  startDate: '2026-03-02',
  endDate: '2027-03-01',
  status: 'AwaitingInduction',
  assessorId: ASSESSOR,
};

export const NAMESPACE = 'urn:smart-assessor:g1';

export const envelopeOf = (body: string, { key = CLIENT_KEY, readOnly = false } = {}): string =>
  '<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope">' +
  `<env:Header><AuthHeader xmlns="${NAMESPACE}"><ApiKey>${key}</ApiKey><ReadOnly>${readOnly}</ReadOnly></AuthHeader>` +
  `</env:Header><env:Body>${body.replace(/^<(\w+)/, `<$1 xmlns="${NAMESPACE}"`)}</env:Body></env:Envelope>`;

export const BASIC = {
  Authorization: `Basic ${Buffer.from(`${USER_NAME}:${PASSWORD}`).toString('base64')}`,
  'X-Client-Key': CLIENT_KEY,
};

async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const toBody = (body: unknown): Pick<RequestInit, 'body'> =>
  body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };

/** What is between the tags of an answer's body: without envelope and namespaces. */
export const bodyOf = ({ text }: Answer): string =>
  (/<env:Body>(.*)<\/env:Body>/s.exec(text)?.[1] ?? '').replace(/ xmlns="[^"]*"/g, '');

/** Of an answer: its status, and the subcode and reason of a fault. */
export function faultOf(answer: Answer): string {
  const subcode = /<env:Subcode><env:Value>(\w+)</.exec(answer.text)?.[1];
  const code = /<env:Code><env:Value>env:(\w+)</.exec(answer.text)?.[1];
  const reason = /<env:Text[^>]*>([^<]*)</.exec(answer.text)?.[1];
  return `${answer.status} ${code} ${subcode ?? '-'} ${reason}`;
}

export const resultOf = ({ text }: Answer): string | null =>
  /Result>([^<]*)<\/\w+Result>/.exec(text)?.[1] ?? null;

export const statusAndBody = ({ status, text }: Answer): string =>
  text === '' ? String(status) : `${status} ${text}`;

/** Stopped when the test ends. */
export async function openSimulator(
  settings: Partial<Settings> & { switches?: Record<string, unknown> } = {},
): Promise<Bench> {
  const { switches, ...options } = settings;
  const { baseUrl, soapUrl, controlUrl, stop } = await startSimulator(options);
  onTestFinished(stop);
  const door: Bench['door'] = (method, path, body) => send(controlUrl + path, { method, ...toBody(body) });
  const rest: Bench['rest'] = (method, path, body, headers = {}) =>
    send(baseUrl + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...BASIC, ...headers },
      ...toBody(body),
    });
  const bench: Bench = {
    baseUrl,
    soapUrl,
    controlUrl,
    rest,
    json: async (method, path, body) => JSON.parse((await rest(method, path, body)).text),
    soap: (body, header) =>
      send(soapUrl, {
        method: 'POST',
        headers: { 'Content-Type': 'application/soap+xml; charset=utf-8' },
        body: envelopeOf(body, header),
      }),
    door,
    doorJson: async (path) => JSON.parse((await door('GET', path)).text),
    act: async (path, body) => JSON.parse((await door('POST', `/act${path}`, body)).text),
    set: async (wanted) => {
      const answer = await door('PATCH', '/switches', wanted);
      if (answer.status !== 200) throw new Error(answer.text);
    },
    rule: async (action, match = {}, more = {}) => {
      const answer = await door('POST', '/rules', { match, action, ...more });
      if (answer.status !== 201) throw new Error(answer.text);
    },
    lastCall: async () => JSON.parse((await door('GET', '/calls')).text).at(-1),
  };
  if (switches !== undefined) await bench.set(switches);
  return bench;
}
