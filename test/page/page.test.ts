import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ownPassword } from '../support/page-world.ts';
import { addRun, aStanding, carryOut, stalledRows, wellRows } from './installation.ts';
import { findBarriers, openBrowser, openTab, type ServedPage, servePage, signIn } from './page-browser.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The page with a viewer, an operator and an admin; commands are carried out as they come. */
async function setup(options: Parameters<typeof servePage>[0] = {}) {
  const served = await servePage(options);
  closers.push(served.close);
  await served.addUser('vera', 'viewer');
  await served.addUser('olaf', 'operator');
  await served.addUser('ada', 'admin');
  served.setStanding(aStanding(wellRows()));
  let isOver = false;
  const work = (async () => {
    while (!isOver) {
      await carryOut(served);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  closers.push(async () => {
    isOver = true;
    await work;
  });
  return served;
}

async function visit(
  served: ServedPage,
  name: string,
  to = '/',
  options: Parameters<typeof openTab>[2] = {},
) {
  const tab = await openTab(browser, served, options);
  closers.push(() => tab.context.close());
  await tab.goTo(to);
  await signIn(tab.page, name, ownPassword);
  await tab.page.getByRole('heading', { level: 1 }).and(tab.page.locator('section h1')).waitFor();
  return tab;
}

const see = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();

/** Runs in the browser, so it is text here. */
const focusedLabel =
  "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''";

/** Three reasons: two records with names, one with markup and letters from right to left, many of one reason. */
async function addHeld({ hold }: ServedPage): Promise<void> {
  await hold('00017', 'NO_ASSESSOR', { name: 'Ada Byron', ident: '00017' });
  await hold('00018', 'NO_ASSESSOR', { name: 'Zoë O’Neill', ident: '00018' });
  const name = `<img src=x onerror=alert(1)> ${'مريم '.repeat(20)}`;
  await hold('00020', 'NO_EMAIL', { name, ident: '00020' });
  for (let n = 0; n < 120; n += 1)
    await hold(String(20_000 + n), 'VENDOR_REFUSED', { what: 'x', message: 'no' });
}

test('the JavaScript of the page is at most 250 kB, compressed', () => {
  const folder = path.resolve(import.meta.dirname, '../../dist/page/assets');
  const scripts = readdirSync(folder).filter((file) => file.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(0);
  const sizes = scripts.map((file) => gzipSync(readFileSync(path.join(folder, file))).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(250_000);
});

describe('signing in', () => {
  test('a wrong password is said; a right one shows the view that was asked for', async () => {
    const tab = await openTab(browser, await setup());
    closers.push(() => tab.context.close());
    await tab.goTo('/runs');
    await signIn(tab.page, 'olaf', 'not the password');
    await see(tab.page, 'The user name or the password is wrong.');
    await signIn(tab.page, 'olaf', ownPassword);
    await tab.page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    expect(tab.misdeeds).toEqual({ requests: [], complaints: [] });
  });

  test('a password that another person gave is changed first', async () => {
    const served = await setup();
    await served.addUser('nina', 'viewer', { mustChange: true });
    const tab = await openTab(browser, served);
    closers.push(() => tab.context.close());
    const { page } = tab;
    await tab.goTo('/waiting');
    await signIn(page, 'nina', ownPassword);
    await see(page, 'Choose a password');
    const choose = async (next: string, again = next) => {
      await page.getByLabel('Password you were given').fill(ownPassword);
      await page.getByLabel('New password, at least 12 characters').fill(next);
      await page.getByLabel('New password again').fill(again);
      await press(page, 'Change the password');
    };
    await choose('a better one 77', 'a better one 78');
    await see(page, 'The new password was not typed the same way twice.');
    await choose('short');
    await see(page, 'A password needs at least 12 characters.');
    expect(await findBarriers(page)).toEqual([]);
    await choose('a better one 77');
    await page.getByRole('heading', { name: 'Waiting', level: 1 }).waitFor();
    expect(tab.misdeeds).toEqual({ requests: [], complaints: [] });
  });

  test('without a user the form says how the first one is added', async () => {
    const served = await servePage();
    closers.push(served.close);
    const tab = await openTab(browser, served);
    closers.push(() => tab.context.close());
    await tab.goTo('/');
    await see(tab.page, 'pics-sync users add admin --role admin');
    expect(await findBarriers(tab.page)).toEqual([]);
  });
});

describe('home', () => {
  test('says that a vendor is in step, and within two seconds that it no longer is, with what to do', async () => {
    const served = await setup();
    const { page } = await visit(served, 'vera');
    await see(page, /OneFile is in step\./);
    await see(page, 'Smart Assessor is not enabled.');
    served.setStanding(aStanding(stalledRows(Date.now() - 600_000)));
    await page
      .getByText(/OneFile is not in step since .*: what goes from PICS to OneFile: stalled/)
      .waitFor({ timeout: 2_000 });
    await see(page, '431 records wait, oldest 15 min');
    served.setStanding(aStanding(wellRows()));
    await see(page, /OneFile is in step\./);
  });

  test('before anything is measured it does not say that all is well', async () => {
    const served = await setup();
    served.setStanding({ ...aStanding([]), atMs: 0 });
    const { page } = await visit(served, 'vera');
    await see(page, 'OneFile: nothing has been measured yet.');
  });

  test('a database that is away is said at the top; what was shown stays, and it comes back by itself', async () => {
    const served = await setup();
    const { page } = await visit(served, 'vera');
    await see(page, 'Live');
    served.setAway(true);
    await see(page, /A database does not answer since/);
    await see(page, /OneFile is in step\./);
    served.setAway(false);
    await page.getByText(/A database does not answer since/).waitFor({ state: 'detached' });
    await see(page, 'Live');
  });
});

test('an ops process that ends is said with since when; what was shown stays, and its successor is found by itself', async () => {
  const served = await setup();
  await addHeld(served);
  const { page } = await visit(served, 'olaf', '/waiting/onefile/NO_ASSESSOR');
  await see(page, 'Live');
  await page.getByLabel('Choose 00018, Review 00018').check();
  await served.close();
  await see(page, /pics-sync does not answer since/);
  await see(page, /Ada Byron/);
  const next = await servePage({ store: served.store }, Number(new URL(served.address).port));
  closers.push(next.close);
  await page.getByText(/pics-sync does not answer since/).waitFor({ state: 'detached' });
  await see(page, 'Live');
  expect(await page.getByLabel('Choose 00018, Review 00018').isChecked()).toBe(true);
});

describe('waiting', () => {
  test('records of a reason are chosen, tried again, and gone', async () => {
    const served = await setup();
    await addHeld(served);
    const { page, misdeeds } = await visit(served, 'olaf', '/waiting');
    await see(page, '123 records wait for a decision, for 3 reasons.');
    await page.getByRole('link', { name: /No assessor for/ }).click();
    await see(page, /No assessor for Ada Byron \(00017\)/);
    await page.getByLabel('Choose 00017, Review 00017').check();
    await press(page, 'Try 1 record again');
    await see(page, '1 record was tried again.');
    await page.getByText(/Ada Byron/).waitFor({ state: 'detached' });
    await see(page, /Zoë O’Neill/);
    await press(page, 'Try again');
    await see(page, 'Nothing waits for this reason any more.');
    expect(served.given.map(({ kind, requestedBy }) => [kind, requestedBy])).toEqual([
      ['retry', 'olaf (page)'],
      ['retry', 'olaf (page)'],
    ]);
    expect(misdeeds).toEqual({ requests: [], complaints: [] });
  });

  test('one is left for a reason, by the keyboard alone, and that is taken back', async () => {
    const served = await setup();
    await served.hold('00017', 'NO_ASSESSOR', { name: 'Ada Byron', ident: '00017' });
    const { page } = await visit(served, 'olaf');
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.getByRole('heading', { name: 'Waiting', level: 1 }).waitFor();
    const tabTo = async (name: RegExp) => {
      for (let n = 0; n < 40; n += 1) {
        await page.keyboard.press('Tab');
        const label = await page.evaluate<string>(focusedLabel);
        if (name.test(label)) return;
      }
      throw new Error(`the tab key does not reach ${name}`);
    };
    await tabTo(/No assessor for/);
    await page.keyboard.press('Enter');
    await see(page, /Ada Byron/);
    await tabTo(/^Leave it: 00017/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.locator('textarea:focus').waitFor();
    await page.keyboard.type('has left the company');
    await tabTo(/^Leave it$/);
    await page.keyboard.press('Enter');
    await see(page, '00017, Review 00017 is left.');
    expect(await served.store.held.list({ state: 'skipped' })).toMatchObject([
      { ident: '00017', reason: 'has left the company', by: 'olaf (page)' },
    ]);
    await tabTo(/^Undo/);
    await page.keyboard.press('Enter');
    await expect.poll(() => served.store.held.list({ state: 'skipped' })).toEqual([]);
  });

  test('a viewer sees reasons and counts, no name and no button', async () => {
    const served = await setup();
    await addHeld(served);
    const { page } = await visit(served, 'vera', '/waiting/onefile/NO_ASSESSOR');
    await see(page, '00017');
    expect(await page.content()).not.toContain('Ada Byron');
    await see(page, 'You may look.');
    expect(await page.getByRole('button', { name: /Try|Leave/ }).count()).toBe(0);
  });

  test('a name with markup is shown as it is, runs nothing and breaks no layout', async () => {
    const served = await setup();
    await addHeld(served);
    const { page, misdeeds } = await visit(served, 'olaf', '/waiting/onefile/NO_EMAIL');
    await see(page, /<img src=x onerror=alert\(1\)>/);
    const tooWide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
    expect(tooWide).toBe(false);
    expect(misdeeds).toEqual({ requests: [], complaints: [] });
  });

  test('many records come page by page', async () => {
    const served = await setup();
    await addHeld(served);
    const { page } = await visit(served, 'olaf', '/waiting/onefile/VENDOR_REFUSED');
    await see(page, '50 of 120 are shown');
    await press(page, 'Show more');
    await see(page, '100 of 120 are shown');
    await press(page, 'Show more');
    await see(page, '20119');
    expect(await page.getByRole('row').count()).toBe(121);
  });
});

describe('runs', () => {
  test('a plan is read and approved; it is followed as it goes on, paused and resumed', async () => {
    const served = await setup();
    const id = await addRun(served, 'planned');
    const { page, misdeeds } = await visit(served, 'olaf', '/runs');
    await see(page, '1 plan waits for approval.');
    await page.getByRole('link', { name: `Replay of changes ${id}` }).click();
    await see(page, 'This plan for OneFile waits for approval. It concerns 3 learners.');
    await see(page, 'Review 501');
    await press(page, 'Approve …');
    await page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    await see(page, /waits for its turn/);
    const { runs } = served.store;
    await runs.move(id, { from: ['approved'], to: 'running' }, {});
    await runs.endItem(id, { ident: '00017', state: 'done', code: null, calls: 1 });
    await see(page, '1 of 3');
    await press(page, 'Pause');
    await see(page, /OneFile: paused/);
    await press(page, 'Go on');
    await see(page, /waits for its turn/);
    expect((await runs.read(id))?.approvedBy).toBe('olaf (page)');
    expect(misdeeds).toEqual({ requests: [], complaints: [] });
  });

  test('a plan that became another one meanwhile is not approved, and the page says why', async () => {
    const served = await setup();
    const id = await addRun(served, 'planned');
    const { page } = await visit(served, 'olaf', `/runs/${id}`);
    await press(page, 'Approve …');
    const plan = (await served.store.runs.read(id))?.plan;
    if (plan == null) throw new Error('the run has no plan');
    await served.store.runs.move(
      id,
      { from: ['planned'], to: 'planned' },
      { plan: { ...plan, digest: 'ffff' } },
    );
    // Given with the plan that was read, even if the page has a newer one by then.
    await page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    await see(page, /has changed since the plan was made|waits for its turn/);
    const run = await served.store.runs.read(id);
    expect(run?.state === 'planned' || run?.plan?.digest === 'ffff').toBe(true);
  });

  test('one is planned for some learners, and the page goes to it', async () => {
    const served = await setup();
    const { page } = await visit(served, 'olaf', '/runs');
    await press(page, 'Plan a run …');
    await page.getByLabel('Learners').fill('00017, 00018 123456789');
    await see(page, '"123456789" is no code of a learner: it has at most 8 characters.');
    await page.getByLabel('Learners').fill('00017, 00018');
    await press(page, 'Plan it for 2 learners');
    await page.getByRole('heading', { name: /^Synchronisation 1/, level: 1 }).waitFor();
    expect((await served.store.runs.read(1))?.order).toMatchObject({
      kind: 'synchronise',
      filter: { idents: ['00017', '00018'] },
    });
  });

  test('a viewer sees a plan and cannot approve it', async () => {
    const served = await setup();
    const id = await addRun(served, 'planned');
    const { page } = await visit(served, 'vera', `/runs/${id}`);
    await see(page, 'You may look.');
    expect(await page.getByRole('button', { name: /Approve|Stop|Pause/ }).count()).toBe(0);
  });
});

test('a session that ends in the middle of a form: sign in again, and the form is still filled', async () => {
  const served = await setup();
  const { page } = await visit(served, 'olaf', '/runs');
  await press(page, 'Plan a run …');
  await page.getByLabel('Learners').fill('00017');
  for (const cookie of await page.context().cookies())
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  await page.context().clearCookies();
  await press(page, 'Plan it for 1 learner');
  await see(page, 'Your session has ended. Sign in again to go on.');
  expect(served.given).toEqual([]);
  await page.getByLabel('Password', { exact: true }).fill(ownPassword);
  await press(page, 'Sign in');
  await page.getByText('Your session has ended.').waitFor({ state: 'detached' });
  expect(await page.getByLabel('Learners').inputValue()).toBe('00017');
  await press(page, 'Plan it for 1 learner');
  await page.getByRole('heading', { name: /^Synchronisation 1/, level: 1 }).waitFor();
});

test('the live stream of a removed user ends, and the page asks to sign in', async () => {
  const served = await setup();
  const { page } = await visit(served, 'olaf');
  await see(page, 'Live');
  await served.store.users.remove('olaf');
  await see(page, 'Your session has ended. Sign in again to go on.');
});

test('Ctrl K finds commands, and ? shows the keys', async () => {
  const { page } = await visit(await setup(), 'olaf');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.getByLabel('Commands').fill('runs');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test('no view has a barrier that axe finds, asks another origin, or complains', async () => {
    const served = await setup();
    await addHeld(served);
    const [planned, running, done] = [
      await addRun(served, 'planned'),
      await addRun(served, 'running'),
      await addRun(served, 'done'),
    ];
    const warningsOpen = [{ id: 'W-2', text: 'Switch off OneFile synchronisation in desktop PICS.' }];
    served.setStanding(aStanding(stalledRows(Date.now() - 600_000), { warningsOpen }));
    const { page, misdeeds, goTo } = await visit(served, 'olaf', '/', { colorScheme });
    const views = [
      ['/', 'Home'],
      ['/waiting', 'Waiting'],
      ['/waiting/onefile/NO_ASSESSOR', 'Waiting: OneFile'],
      ['/waiting/onefile/ID_IN_USE', 'Waiting: OneFile'],
      ['/runs', 'Runs'],
      ...[planned, running, done].map((id) => [`/runs/${id}`, `Replay of changes ${id}`]),
      ['/password', 'Password'],
    ];
    const found: string[] = [];
    for (const [to = '', title = ''] of views) {
      await goTo(to);
      await page.getByRole('heading', { name: title, level: 1, exact: true }).waitFor();
      await see(page, 'Live');
      found.push(...(await findBarriers(page)).map((barrier) => `${to}: ${barrier}`));
    }
    expect(found).toEqual([]);
    expect(misdeeds).toEqual({ requests: [], complaints: [] });
  });
});

test.each([
  ['on a narrow screen', { width: 390, height: 800 }],
  ['at 200 % zoom', { width: 640, height: 360 }],
])('%s nothing is cut off, and tables are cards', async (_how, viewport) => {
  const served = await setup();
  await addHeld(served);
  const id = await addRun(served, 'done');
  const { page, goTo } = await visit(served, 'olaf', '/', { viewport });
  for (const to of ['/', '/waiting', '/waiting/onefile/NO_EMAIL', '/runs', `/runs/${id}`]) {
    await goTo(to);
    await see(page, 'Live');
    await page.locator('section[aria-busy]').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.documentElement.scrollWidth'), to).toBeLessThanOrEqual(
      viewport.width,
    );
  }
});
