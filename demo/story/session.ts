import type { Deployment } from '../../test/support/deployment/deployment.ts';
import { met, type Teller, unmet } from './teller.ts';

/* Sessions at Smart Assessor: booked there by people, and what PICS shows of them (SA-41, SA-42). */

export type Site = Pick<Deployment, 'smartAssessor'>;
export type Row = Readonly<Record<string, unknown>>;

type SessionRow = {
  readonly type: string;
  readonly attended: string;
  readonly at: string;
  readonly actual: string | null;
};

async function readSession(
  { pics }: Pick<Deployment, 'pics'>,
  ident: string,
  id: string,
): Promise<SessionRow[]> {
  const { rows } = await pics.query<SessionRow>(
    `select trim(type) as type, trim(attended) as attended, to_char(proposed, 'YYYY-MM-DD HH24:MI') as at,
            to_char(actual, 'YYYY-MM-DD HH24:MI') as actual
       from pics.itp_revu where ident = $1 and trim(sa_event_id) = $2`,
    [ident, id],
  );
  return rows;
}

type Session = {
  readonly learnerId: string;
  readonly courseId: string;
  readonly at: string;
  readonly type: string;
};

export async function book(
  { smartAssessor }: Site,
  { learnerId, courseId, at, type }: Session,
): Promise<string> {
  const [assessor] = await smartAssessor.records<Row>('assessors');
  const { id } = await smartAssessor.post<{ id: string }>('/act/sessions', {
    type,
    start: `${at.replace(' ', 'T')}:00`,
    durationMinutes: 60,
    location: 'At work',
    method: 'Traditional',
    assessorId: assessor?.['id'],
    learners: [{ learnerId, courseIds: [courseId] }],
  });
  return id;
}

export async function expectSession(
  installation: Deployment,
  teller: Teller,
  { ident, id, wanted }: { ident: string; id: string; wanted: SessionRow },
): Promise<void> {
  await teller.expect({
    place: 'PICS',
    expected: `one review of that session: ${Object.values(wanted).join(' ')}`,
    log: 'reconciler',
    look: async () => {
      const rows = await readSession(installation, ident, id);
      const [row] = rows;
      const seen = `reviews of the session: ${rows.length}; type ${row?.type}, attended ${row?.attended}, planned ${row?.at}, held ${row?.actual ?? 'not yet'}`;
      return rows.length === 1 && JSON.stringify(row) === JSON.stringify(wanted)
        ? met(seen, null)
        : unmet(seen);
    },
  });
}
