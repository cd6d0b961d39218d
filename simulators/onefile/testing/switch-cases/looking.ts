import { type Bench, IMOGEN } from '../open-simulator.ts';

export interface Case {
  readonly name: string;
  readonly value: string | number;
  readonly show: (bench: Bench) => Promise<unknown>;
  readonly expected: unknown;
  /** Other switches that must be set for this one to show. */
  readonly also?: Record<string, unknown>;
}

export const brief = async (answer: ReturnType<Bench['get']>): Promise<unknown> => {
  const { status, text } = await answer;
  return text === '' ? status : `${status} ${text}`;
};
export const status = async (answer: ReturnType<Bench['get']>): Promise<number> => (await answer).status;
export const ids = async (answer: ReturnType<Bench['get']>): Promise<unknown> => {
  const { text } = await answer;
  return text === '' ? 'none' : JSON.parse(text).map((row: { ID: number }) => row.ID);
};
export const keys = async (answer: ReturnType<Bench['get']>): Promise<unknown> =>
  Object.keys([JSON.parse((await answer).text)].flat()[0]);
export const json = async (answer: ReturnType<Bench['get']>) => JSON.parse((await answer).text);

export const noSession = (bench: Bench) =>
  bench.call('GET', 'Customer', undefined, { 'X-TokenID': 'unknown' });
export const noCustomer = (bench: Bench) =>
  bench.call('POST', 'Authentication', '', { 'X-CustomerToken': 'wrong' });
export const learner = (values: object) => ({ ...IMOGEN, ...values });
export const foreign = (bench: Bench) => bench.post('Placement/Search', { OrganisationID: 303 });
export const quills = (name: string) => (bench: Bench) => ids(bench.post('User/Search', { LastName: name }));
export const archive = async ({ door, post }: Bench) => {
  await door('POST', '/act/users/400060/archive');
  return json(post('User/Search', { Role: 1, OrganisationID: 301 })).catch(() => 'none');
};
export const session = '{"code":-9999,"message":"Session token is not valid"}';
export const token = '{"code":-9999,"message":"Customer token is not valid"}';
export const permitted = '{"code":-9999,"message":"Not permitted for this customer"}';

export const pageTwo = (bench: Bench) => brief(bench.post('LearningAim/Search/2/5', { UserID: 400060 }));
export const retryAfter = async (bench: Bench) => {
  await bench.get('Customer');
  return (await bench.get('Customer')).headers.get('retry-after');
};
export const limitedBody = async (bench: Bench) => {
  await bench.get('Customer');
  return brief(bench.get('Customer'));
};
/** Statuses of calls at those seconds of one hour; the bench's own authentication goes first, at second 0. */
export const statusesAt = (seconds: readonly number[]) => async (bench: Bench) => {
  const token = await bench.authenticate();
  const statuses: number[] = [];
  for (const second of seconds) {
    await bench.door('POST', '/clock', {
      mode: 'frozen',
      now: new Date(Date.UTC(2026, 0, 15, 10, 0, second)).toISOString(),
    });
    statuses.push((await bench.call('GET', 'Customer', undefined, { 'X-TokenID': token })).status);
  }
  return statuses;
};
export const certificate = async ({ post, doorJson }: Bench) => {
  await post('LearningAim/600044', {
    ID: 600044,
    CertificateAwarded: '2026-01-02',
    CertificateReceivedDate: '2026-01-03',
  });
  return (await doorJson('/records/aims/600044')).CertificateReceivedDate;
};
export const clearUln = async ({ post, doorJson }: Bench) => {
  await post('User/400060', { MISID: null, Telephone: '' });
  return (await doorJson('/records/users/400060')).MISID;
};
export const assignTemplateTwice = async ({ post, doorJson }: Bench) => {
  const statuses = [
    await status(post('FrameworkTemplate/9001/Assign/400060/true')),
    await status(post('FrameworkTemplate/9001/Assign/400060/true')),
  ];
  return [...statuses, (await doorJson('/records/aims')).length];
};
export const startAndShow = async ({ door, get }: Bench) => {
  await door('POST', '/act/reviews/800006/start');
  return (await json(get('Review/800006'))).Status;
};
export const reviewsWithin = (DateFrom: string, DateTo: string) => (bench: Bench) =>
  ids(bench.post('Review/Search', { DateFrom, DateTo }));
export const moveReview = (bench: Bench) =>
  brief(bench.post('Review/800006', { ScheduledFor: '2026-03-02T09:00:00Z' }));
export const moveStarted = async (bench: Bench) => {
  await bench.door('POST', '/act/reviews/800006/start');
  return status(bench.post('Review/800006', { ScheduledFor: '2026-03-02T09:00:00Z' }));
};
export const modified = async (bench: Bench) => {
  await bench.door('POST', '/act/aims/600044/progress', { progress: 50 });
  return (await json(bench.get('User/400060'))).LastModified;
};
export const lifeAfter = (secondsBetween: number) => async (bench: Bench) => {
  const token = await bench.authenticate();
  const use = () => status(bench.call('GET', 'Customer', undefined, { 'X-TokenID': token }));
  await bench.door('POST', '/clock', { advanceSeconds: secondsBetween });
  const first = await use();
  await bench.door('POST', '/clock', { advanceSeconds: secondsBetween });
  return [first, await use()];
};
export const twoSessions = async (bench: Bench) => {
  const tokens = [await bench.authenticate(), await bench.authenticate()];
  return Promise.all(
    tokens.map((each) => status(bench.call('GET', 'Customer', undefined, { 'X-TokenID': each }))),
  );
};
export const manyPlacements = async ({ door, post }: Bench) => {
  const placements = Array.from({ length: 12 }, (_, at) => ({
    ID: 31_000 + at,
    OrganisationID: 301,
    Name: 'Many',
  }));
  await door('POST', '/records', { placements });
  return ids(post('Placement/Search', { Name: 'Many' }));
};
export const ascending = Array.from({ length: 12 }, (_, at) => 31_000 + at);
