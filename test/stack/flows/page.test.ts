import { expect } from 'vitest';
import { findBarriers, openBrowser, openTab, signIn } from '../../page/page-browser.ts';
import { readLinkedIdents } from '../../support/deployment/reviews.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('page', { settings: { lag: { sampleIntervalMs: 500 } } });
const deadlineMs = 60_000;

test('a person added on the command line signs in at the ops role, sees the installation, and has a run planned and done', async () => {
  const deployment = installation();
  const { store, pics } = deployment;
  await deployment.startRoles('outbound', 'poller', 'reconciler');
  const ops = await deployment.startRoles('ops');
  const { password } = JSON.parse(
    await deployment.mustCli('users', 'add', 'Olaf', '--role', 'operator', '--json'),
  ) as { password: string };
  const [ident = ''] = await readLinkedIdents(deployment);

  const browser = await openBrowser();
  try {
    const { page, misdeeds, goTo } = await openTab(browser, { address: ops.httpUrl });
    page.setDefaultTimeout(deadlineMs);
    await goTo('/');
    await signIn(page, 'olaf', password);
    await page.getByLabel('Password you were given').fill(password);
    await page.getByLabel('New password, at least 12 characters').fill('a better one 77');
    await page.getByLabel('New password again').fill('a better one 77');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText(/OneFile is in step\. \d+ linked learners; /).waitFor();
    await page.getByText('Live').waitFor();
    expect(await findBarriers(page)).toEqual([]);

    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('button', { name: 'Plan a run …' }).click();
    await page.getByRole('combobox', { name: 'What' }).click();
    await page.getByRole('option', { name: 'Audit' }).click();
    await page.getByLabel('Learners').fill(ident);
    await page.getByRole('button', { name: 'Plan it for 1 learner' }).click();
    await page.getByRole('heading', { name: /^Audit \d+/, level: 1 }).waitFor();
    await page.getByText(/This run with OneFile is done/).waitFor();
    expect(misdeeds).toEqual({ requests: [], complaints: [] });

    const { rows } = await pics.query('select kind, requested_by, status from picsync.request');
    expect(rows).toContainEqual({ kind: 'run-plan', requested_by: 'olaf (page)', status: 'done' });
    const audit = await store.query('select by_name, act, idents from sync.page_audit order by id', []);
    expect(audit.rows).toMatchObject([
      { act: 'user-added', by_name: expect.stringContaining('command line') },
      { act: 'sign-in', by_name: 'olaf' },
      { act: 'password-changed', by_name: 'olaf' },
      { act: 'command', by_name: 'olaf', idents: [ident] },
    ]);

    // The session ends with the user, in the stream too.
    await deployment.mustCli('users', 'remove', 'olaf');
    await page.getByText('Your session has ended. Sign in again to go on.').waitFor();
    const answer = await fetch(`${ops.httpUrl}/api/home`);
    expect(answer.status).toBe(401);
  } finally {
    await browser.close();
  }
  await eventually(
    async () => expect(await deployment.mustCli('users', 'list')).toContain('no users'),
    deadlineMs,
  );
});
