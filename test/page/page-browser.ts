import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core';
import { createPageWorld } from '../support/page-world.ts';

/* A browser before the page, which is served over ports in memory. */

const built = path.resolve(import.meta.dirname, '../../dist/page');

/**
 * As a person's browser is, with all its guards: the package's own list of arguments leaves some out. Without a sandbox,
 * since tests also run in containers that allow none.
 */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
  return playwright.launch({ executablePath, args, headless: true });
}

/** What a view must never do: ask another origin, or complain in the console. */
export type Misdeeds = { readonly requests: string[]; readonly complaints: string[] };

/** The page's server on a free port, over ports in memory, with the built page. */
export async function servePage(options: Parameters<typeof createPageWorld>[0] = {}, port = 0) {
  const world = await createPageWorld({ ...options, folder: built });
  const address = await world.server.listen({ host: '127.0.0.1', port });
  return { ...world, address, close: () => world.server.close() };
}
export type ServedPage = Awaited<ReturnType<typeof servePage>>;

/** A tab of a person who has not signed in yet. */
export async function openTab(
  browser: Browser,
  { address }: Pick<ServedPage, 'address'>,
  options: BrowserContextOptions = {},
) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const misdeeds: Misdeeds = { requests: [], complaints: [] };
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith('data:')) misdeeds.requests.push(url);
  });
  // A refused request is shown by the browser as an error of its own; the page says it in words.
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/Failed to load resource/.test(message.text()))
      misdeeds.complaints.push(message.text());
  });
  page.on('pageerror', (error) => misdeeds.complaints.push(String(error)));
  return { page, context, misdeeds, goTo: (to: string) => page.goto(`${address}${to}`) };
}

export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** What axe finds against WCAG 2.2 AA, each with the element. */
export async function findBarriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}
