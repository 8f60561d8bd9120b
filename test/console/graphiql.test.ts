import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browserAvailable, launchBrowser } from '../harness/browser.ts';
import { builtConsole } from '../harness/console-build.ts';
import { startSmallProgram, type Program } from './small-program.ts';

/** The one line to change when the tests are to look at the whole program. */
const startProgram: (options: { folder: string }) => Promise<Program> = startSmallProgram;

/** Where to leave screenshots for a person to look at, as in `SCREENSHOTS=/tmp npm test`; nowhere when unset. */
const screenshots = process.env['SCREENSHOTS'];

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

describe.runIf(browserAvailable('test/console/graphiql.test.ts'))('GraphiQL in a browser', () => {
  let program: Program;
  let first: string;
  let second: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** What no page may do: print an error (a broken policy is one), throw, or ask another origin for anything. */
  let faults: string[];
  /** The requests to the API so far. */
  let sent: Request[];

  beforeAll(async () => {
    [program, browser] = await Promise.all([builtConsole().then((folder) => startProgram({ folder })), launchBrowser()]);
    [first = '', second = ''] = program.tokens.map(({ token }) => token);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await program?.stop();
  });
  beforeEach(() => {
    faults = [];
    sent = [];
  });
  afterEach(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });

  async function open(options: Parameters<Browser['newContext']>[0] = desktop, prepare?: () => Promise<void>): Promise<void> {
    context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
    context.setDefaultTimeout(15_000);
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    const own = [program.url, program.url.replace('http', 'ws')];
    const check = (url: string): void => {
      if (!own.some((origin) => url.startsWith(`${origin}/`)) && !url.startsWith('data:')) faults.push(`asked for ${url}`);
    };
    context.on('request', (request) => {
      check(request.url());
      if (request.url() === `${program.url}/graphql`) sent.push(request);
    });
    page.on('websocket', (socket) => check(socket.url()));
    await prepare?.();
    await page.goto(`${program.url}/graphiql`);
    await editor('query').waitFor();
  }

  const editor = (name: 'query' | 'variables' | 'headers') =>
    name === 'query'
      ? page.locator('.graphiql-query-editor .view-lines')
      : page.locator('.graphiql-editor-tool .graphiql-editor').nth(name === 'variables' ? 0 : 1).locator('.view-lines');

  /** Pastes text over what an editor holds (typed brackets would be closed by it), and waits until it is there. */
  async function write(name: 'query' | 'headers', text: string): Promise<void> {
    await editor(name).click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
    await page.keyboard.press('ControlOrMeta+V');
    await editor(name).filter({ hasText: text }).waitFor();
  }

  const press = (name: string): Promise<void> => page.getByRole('button', { name }).click();
  const run = (): Promise<void> => press('Execute query');
  const shown = (text: string): Promise<void> => page.locator('.graphiql-response .view-lines', { hasText: text }).waitFor();
  const picker = () => page.getByLabel('Demo token');

  async function screenshot(name: string): Promise<void> {
    if (screenshots) await page.screenshot({ path: `${screenshots}/graphiql-${name}.png` });
  }

  it('loads the first example, with a title and an icon of its own', async () => {
    await open();
    expect(await page.title()).toBe('Context graph · GraphiQL');
    expect(await page.locator('link[rel=icon]').getAttribute('href')).toMatch(/^data:image\/svg\+xml,/);
    await editor('query').filter({ hasText: '# Portfolio page' }).waitFor();
    await editor('variables').filter({ hasText: '"first": 5' }).waitFor();
    await screenshot('desktop');
  });

  it('has a link to the console, and the console one back', async () => {
    await open();
    await page.getByRole('link', { name: 'Console' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/console/);
    await page.getByRole('link', { name: 'GraphiQL' }).click();
    await editor('query').waitFor();
  });

  it('runs its workers as files of its own, and asks for the schema once, with the token', async () => {
    await open();
    await press('Show Documentation Explorer');
    await page.locator('.graphiql-doc-explorer', { hasText: 'Subscription' }).waitFor();
    await expect.poll(() => page.workers().length).toBeGreaterThanOrEqual(3);
    for (const worker of page.workers()) expect(worker.url()).toMatch(`${program.url}/graphiql/assets/`);
    const introspections = sent.filter(isIntrospection);
    expect(introspections).toHaveLength(1);
    expect(await authorizationOf(introspections[0])).toBe(`Bearer ${first}`);
    await screenshot('desktop-docs');
  });

  it('has the first demo token in the headers at once, and sends it', async () => {
    await open();
    expect(await picker().inputValue()).toBe(first);
    await press('Headers');
    await editor('headers').filter({ hasText: `Bearer ${first}` }).waitFor();
    await write('query', program.query.text);
    await run();
    await shown(program.query.shows);
    expect(await authorizationOf(sent.at(-1))).toBe(`Bearer ${first}`);
    await screenshot('desktop-query');
  });

  it('changes the token by keyboard, in the headers and in new tabs', async () => {
    await open();
    await picker().focus();
    await page.keyboard.press('ArrowDown');
    expect(await picker().inputValue()).toBe(second);
    await press('New tab');
    await press('Headers');
    await editor('headers').filter({ hasText: `Bearer ${second}` }).waitFor();
    expect(await picker().inputValue()).toBe(second);
  });

  it('shows the error of a query that fails', async () => {
    await open();
    await write('query', program.failing.text);
    await run();
    await shown(program.failing.shows);
  });

  it('shows the events that a subscription pushes, also those missed while the connection was lost', async () => {
    await open();
    await write('query', program.subscription);
    await run();
    await page.getByText('Live', { exact: true }).waitFor();
    await shown(await program.push());
    await shown(await program.push());
    await screenshot('desktop-live');
    program.cutSockets();
    await page.getByText('Connection lost, reconnecting…').waitFor();
    await shown(await program.push());
    expect(program.subscribed.at(-1)).toMatchObject({ after: expect.any(String) });
    await press('Stop query');
    await page.locator('.live[data-state=off]').waitFor({ state: 'attached' });
  });

  it('opens an example in a new tab, with its variables, the present token and ids of the demo', async () => {
    await open();
    await press('Account page');
    await page.getByRole('tab', { name: 'AccountPage' }).waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Portfolio', 'AccountPage']);
    await editor('query').filter({ hasText: '# Account page' }).waitFor();
    await editor('variables').filter({ hasText: program.accountId }).waitFor();
    expect(await picker().inputValue()).toBe(first);
    await screenshot('desktop-example');
  });

  it('has its tabs again after a reload, but keeps no token in the browser', async () => {
    await open();
    await picker().selectOption(second);
    await press('Account page');
    await page.getByRole('tab', { name: 'AccountPage' }).waitFor();
    // GraphiQL stores its tabs half a second after a change.
    await expect.poll(() => page.evaluate(() => localStorage.getItem('graphiql:tabState'))).toContain(program.accountId);
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(second);
    await page.reload();
    await editor('query').filter({ hasText: '# Account page' }).waitFor();
    await editor('variables').filter({ hasText: program.accountId }).waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Portfolio', 'AccountPage']);
    expect(await picker().inputValue()).toBe(first);
  });

  it('without demo tokens has no picker, and asks for the schema as soon as there is a token in the headers', async () => {
    await open(desktop, async () => {
      await page.route('**/graphiql/settings.json', (route) => route.fulfill({ json: { tokens: [], examples: {} } }));
      await page.route('**/graphql', async (route) => {
        if (await authorizationOf(route.request())) return route.continue();
        return route.fulfill({ status: 401, json: { errors: [{ message: 'Sign in first' }] } });
      });
    });
    await press('Show Documentation Explorer');
    await page.getByText('Error fetching schema').waitFor();
    expect(await picker().count()).toBe(0);
    await press('Headers');
    await write('headers', JSON.stringify({ Authorization: `Bearer ${second}` }));
    await page.locator('.graphiql-doc-explorer', { hasText: 'Subscription' }).waitFor();
    expect(await authorizationOf(sent.at(-1))).toBe(`Bearer ${second}`);
    // The refusals are printed by the browser itself.
    faults = faults.filter((fault) => !fault.includes('401'));
  });

  it('fits a phone: nothing is wider than the screen, and an answer can be read', async () => {
    await open(phone);
    await screenshot('phone');
    await press('Show Examples');
    await page.getByRole('button', { name: 'Scoring model' }).waitFor();
    await screenshot('phone-examples');
    await press('Scoring model');
    await page.getByRole('tab', { name: 'ScoringModel' }).waitFor();
    await write('query', program.query.text);
    await run();
    await shown(program.query.shows);
    await screenshot('phone-query');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it('follows the dark scheme', async () => {
    await open({ ...desktop, colorScheme: 'dark' });
    await write('query', program.query.text);
    await run();
    await shown(program.query.shows);
    await screenshot('desktop-dark');
    const background = await page.locator('#page').evaluate((element) => getComputedStyle(element).backgroundColor);
    expect(background).toBe('rgb(33, 42, 59)');
  });
});

async function authorizationOf(request: Request | undefined): Promise<string | null | undefined> {
  return request?.headerValue('authorization');
}

function isIntrospection(request: Request): boolean {
  return (request.postData() ?? '').includes('__schema');
}
