import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoExamples, loadDemo } from '../../src/app/demo.ts';
import { browserAvailable, launchBrowser } from '../harness/browser.ts';
import { builtConsole } from '../harness/console-build.ts';
import { signal } from '../harness/accounts.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

/** Where to leave screenshots for a person to look at, as in `SCREENSHOTS=/tmp npm test`; nowhere when unset. */
const screenshots = process.env['SCREENSHOTS'];

describe.runIf(browserAvailable('test/console/graphiql-program.test.ts'))('GraphiQL before the whole program, with the demo in it', () => {
  let program: TestProgram;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    let settings: object = { tokens: [], examples: {} };
    await builtConsole();
    [program, browser] = await Promise.all([startTestProgram({ consoleSettings: () => settings }), launchBrowser()]);
    const options = { ...program, highIntentThreshold: 75 };
    const tenants = await loadDemo(options);
    const [first] = tenants;
    const tokens = [{ role: 'admin', tenant: first?.slug, token: await program.token('admin', { tenant: first?.id ?? '' }) }];
    settings = { tokens, examples: await demoExamples(options, tenants) };
    await until('the demo is scored', async () => {
      const { data } = await program.query<{ accounts: { totalCount: number } }, Record<string, never>>('{ accounts(first: 1, filter: { minIntent: 60 }) { totalCount } }');
      return data && data.accounts.totalCount > 0;
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await program?.close();
  });
  afterEach(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });

  async function open(): Promise<void> {
    faults = [];
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(15_000);
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`${program.url}/graphiql`);
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
  }
  const press = (name: string): Promise<void> => page.getByRole('button', { name }).click();
  const shown = (text: string): Promise<void> => page.locator('.graphiql-response .view-lines', { hasText: text }).waitFor();
  const example = async (title: string, tab: string): Promise<void> => {
    // A button's name goes on with the description, which may name other examples.
    await page.getByRole('button', { name: new RegExp(`^${title}`) }).click();
    await page.getByRole('tab', { name: tab }).waitFor();
  };
  const screenshot = async (name: string): Promise<void> => {
    if (screenshots) await page.screenshot({ path: `${screenshots}/program-${name}.png` });
  };

  it('answers the first example as soon as it is run', async () => {
    await open();
    await press('Execute query');
    await shown('"hasNextPage"');
    await shown('"band"');
    await screenshot('portfolio');
  });

  it.each([
    ['Account page', 'AccountPage', '"externalRefs"'],
    ['Account by external reference', 'AccountByExternalRef', '"test-account-001"'],
    ['Account as of an instant', 'AccountAsOf', '"data"'],
    ['Ingest signals', 'IngestSignals', '"accepted": 2'],
    ['Scoring model', 'ScoringModel', '"highIntentThreshold": 75'],
  ])('runs the example "%s"', async (title, tab, answer) => {
    await open();
    await example(title, tab);
    await press('Execute query');
    await shown(answer);
    expect(await page.locator('.graphiql-response .view-lines', { hasText: '"errors"' }).count()).toBe(0);
    await screenshot(tab);
  });

  it('shows a score move when a signal comes in', async () => {
    await open();
    await example('Live: intent scores', 'IntentLive');
    await press('Execute query');
    await shown('"Listening"');
    await signal(program, [{ account: 'acme_corp_12345', event: 'seen-in-the-browser', type: 'demo_request' }]);
    await shown('"demo_request"');
    await shown('Acme Corp');
    await screenshot('live');
    await press('Stop query');
  });

  it('shows the signals of the demo account as they come in', async () => {
    await open();
    await example('Live: signal feed', 'SignalFeed');
    await press('Execute query');
    await shown('"cursor"');
    await page.getByText('Live', { exact: true }).waitFor();
    await signal(program, [{ account: 'acme_corp_12345', event: 'seen-in-the-feed', type: 'support_ticket' }]);
    await shown('"support_ticket"');
    await press('Stop query');
  });
});
