/*
 * A replay of everything. First it finds nothing to do: both sides are level. Then a value is changed on each side where
 * no exchange sees it, the plan of five learners names exactly these two, and the run that is approved heals them.
 */

import type { Run, RunItem } from '../../src/domain/run.ts';
import type { Deployment } from '../../test/support/deployment/deployment.ts';
import { inWords, readAims, readCalls } from './onefile.ts';
import { readQualifications, readRegistrationNumber } from './pics.ts';
import type { Step } from './scene.ts';
import { met, type Teller, unmet } from './teller.ts';

type Shown = Run & { readonly list: readonly RunItem[] };

async function giveRun(
  installation: Deployment,
  teller: Teller,
  args: readonly string[],
): Promise<Shown | null> {
  const { stdout } = await teller.act('pics-sync', `./pics-sync ${args.join(' ')}`, () =>
    installation.cli(...args, '--json', '--timeout', '120'),
  );
  return stdout.trim() === '' ? null : (JSON.parse(stdout) as Shown);
}

const isWork = ({ does }: { readonly does: string }): boolean => does !== 'held' && does !== 'noted';

function linesOf(run: Shown | null): readonly string[] {
  const items = run?.list ?? [];
  return items.flatMap(({ ident, planned }) =>
    planned.lines.filter(isWork).map(({ does, fields }) => `${ident} ${does} ${fields.join(' ')}`.trim()),
  );
}

const wrong = 'OLDBACKUP1';

/** As a row that is put back from a backup: the mark says that pics-sync wrote it, so nothing looks at it. */
async function putBack(
  { pics, name }: Deployment,
  { ident, reference, seq }: { readonly ident: string; readonly reference: string; readonly seq: number },
): Promise<void> {
  const origin = `${name}:onefile:demo`;
  const client = await pics.connect();
  try {
    await client.query('select pg_replication_origin_create($1)', [origin]);
    await client.query('select pg_replication_origin_session_setup($1)', [origin]);
    await client.query('update pics.trqual set regno = $4 where ident = $1 and vqref = $2 and seq = $3', [
      ...[ident, reference, seq, wrong],
    ]);
    await client.query('select pg_replication_origin_session_reset()');
    await client.query('select pg_replication_origin_drop($1)', [origin]);
  } finally {
    client.release();
  }
}

export const replayed: Step = {
  title: 'A replay of everything finds nothing; one of five learners finds two differences, and heals them',
  play: async ({ installation, person }, teller) => {
    const { oneFile } = installation;
    const level = await giveRun(installation, teller, ['runs', 'plan', 'onefile', 'replay']);
    await teller.expect({
      place: 'pics-sync',
      expected: 'the plan would change nothing',
      withinMs: 0,
      log: 'poller',
      look: async () => {
        const { learners = 0, equal = 0 } = level?.plan ?? {};
        const seen = `run ${level?.id} is ${level?.state}: ${equal} of ${learners} learners are equal on both sides`;
        return level?.state === 'planned' && learners > 0 && equal === learners
          ? met(seen, null)
          : unmet(seen);
      },
    });

    const [here, there] = [person('10001'), person('10003')];
    const known = await readQualifications(installation, here.ident);
    const qualification = known.find(({ registrationNumber }) => registrationNumber !== null);
    const rightful = qualification?.registrationNumber ?? null;
    const lost = (await readAims(installation, there.oneFileId)).find(
      (aim) => aim.RegistrationNumber !== null,
    );
    if (qualification === undefined || lost === undefined)
      throw new Error('there are no two values to change');
    const since = await oneFile.mark();
    await teller.act(
      'PICS',
      `a row of learner ${here.ident} is put back from a backup, with ${wrong} as number`,
      () => putBack(installation, qualification),
    );
    const emptied = `somebody empties number ${lost.RegistrationNumber} of learner ${there.ident}`;
    await teller.alsoAct('OneFile', emptied, () =>
      oneFile.post(`/act/aims/${lost.ID}/registration`, { registrationNumber: '' }),
    );
    const named = [here.ident, '10002', there.ident, '10004', '10005'];
    const asked = ['runs', 'plan', 'onefile', 'replay', '--read-vendor', '--ident', ...named];
    const planned = await giveRun(installation, teller, asked);
    await teller.expect({
      place: 'pics-sync',
      expected: 'the plan names these two and no other',
      withinMs: 0,
      look: async () => {
        const lines = linesOf(planned);
        const wanted = [`${here.ident} pull registrationNumber`, `${there.ident} update registrationNumber`];
        const seen = `the plan has ${lines.join('; ') || 'nothing'}`;
        return lines.join() === wanted.join() ? met(seen, null) : unmet(seen);
      },
    });

    const approved = ['runs', 'approve', String(planned?.id), '--plan', planned?.plan?.digest ?? ''];
    const done = await giveRun(installation, teller, approved);
    await teller.expect({
      place: 'PICS',
      expected: `OneFile's number ${rightful} is back`,
      log: 'reconciler',
      look: async () => {
        const shown = await readRegistrationNumber(installation, qualification);
        return shown === rightful
          ? met(`shows OneFile's number ${rightful} again`, null)
          : unmet(`shows ${shown}`);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: `${lost.RegistrationNumber} is back, by one call`,
      log: 'poller',
      look: async () => {
        const [aims, { writes }] = await Promise.all([
          readAims(installation, there.oneFileId),
          readCalls(installation, since),
        ]);
        const isBack = aims.some(({ RegistrationNumber }) => RegistrationNumber === lost.RegistrationNumber);
        const seen = `${isBack ? 'has' : 'does not have'} ${lost.RegistrationNumber}; calls that changed something: ${inWords(writes)}`;
        return isBack && writes.length === 1 ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'pics-sync',
      expected: 'the run has done what was planned',
      withinMs: 0,
      look: async () => {
        const { stdout } = await installation.cli('runs', 'report', String(planned?.id), '--differing');
        const isAsPlanned = stdout.includes('Everything came as planned.');
        const seen = `run ${done?.id} is ${done?.state}; ${isAsPlanned ? 'everything came as planned' : stdout.trim()}`;
        return done?.state === 'done' && isAsPlanned ? met(seen, null) : unmet(seen);
      },
    });
  },
};
