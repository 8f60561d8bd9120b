import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { ProgramOptions } from '../../src/app/compose.ts';
import { roles } from '../../src/app/config.ts';
import type { Role } from '../../src/features/access/index.ts';
import { openCrmQueue, type CrmQueue } from '../actions/crm.ts';
import { openQueue, type Queue } from '../actions/queue.ts';
import { launchBrowser } from '../harness/browser.ts';
import { builtConsole } from '../harness/console-build.ts';

/** Where to leave screenshots for a person to look at, as in `SCREENSHOTS=/tmp npm test`; nowhere when unset. */
const screenshots = process.env['SCREENSHOTS'];

/** A window as wide as a desk's, and a phone's. */
export const desktop: BrowserContextOptions = { viewport: { width: 1360, height: 860 } };
export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

/** One person's window on the approval page. */
export interface Desk {
  readonly page: Page;
  readonly context: BrowserContext;
  /** The names of the mutations that were sent, in order. */
  readonly sent: readonly string[];
  card(account: string): Locator;
  button(name: string | RegExp): Locator;
  /** Resolves once a button can be used. The card may tell of a decision by the live stream before its own answer is here; until then keys do nothing. */
  ready(name: string): Promise<void>;
  /** Waits until a text stands on the page. */
  shown(text: string | RegExp): Promise<void>;
  /** Opens the action of an account, and waits until it is there. */
  look(account: string): Promise<void>;
  press(...keys: readonly string[]): Promise<void>;
  screenshot(name: string): Promise<void>;
}

/** Who opens a window, how, and where. */
export interface DeskOptions {
  readonly role?: Role;
  readonly subject?: string;
  /** A token that sign-in is given; none at all when null. */
  readonly token?: string | null;
  readonly path?: string;
  readonly options?: BrowserContextOptions;
  /** What the page may print as an error: a refused token is one to the browser. */
  readonly allow?: RegExp;
  /** What is to be put between the page and the program. */
  readonly prepare?: (context: BrowserContext) => Promise<unknown>;
}

/** The whole program with the page before it. */
export interface Office<Program extends Queue = Queue> {
  readonly program: Program;
  open(options?: DeskOptions): Promise<Desk>;
  /** Closes every window, and fails on what no page may do: print an error (a broken policy is one), throw, or ask another origin. */
  closeDesks(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the program and a browser. */
export function openOffice(): Promise<Office> {
  return officeOf((options) => openQueue(options));
}

/** The same with a CRM in memory behind it, and the executor. */
export function openCrmOffice(): Promise<Office<CrmQueue>> {
  return officeOf((options) => openCrmQueue({ ...options, roles: roles.filter((role) => role !== 'scheduler') }));
}

async function officeOf<Program extends Queue>(start: (options: Pick<ProgramOptions, 'consoleSettings'>) => Promise<Program>): Promise<Office<Program>> {
  await builtConsole();
  const tokens: { role: string; tenant: string; token: string }[] = [];
  const [program, browser]: [Program, Browser] = await Promise.all([start({ consoleSettings: () => ({ tokens }) }), launchBrowser()]);
  for (const role of ['admin', 'viewer', 'approver'] as const) tokens.push({ role, tenant: 'aurora', token: await program.token(role) });
  let faults: string[] = [];
  let contexts: BrowserContext[] = [];

  return {
    program,
    async open({ role = 'approver', subject = 'ann', token, path = '/console/approvals', options = desktop, allow = /^$/, prepare } = {}) {
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
      contexts.push(context);
      context.setDefaultTimeout(15_000);
      await context.clock.setFixedTime(program.clock.now());
      await prepare?.(context);
      const page = await context.newPage();
      const own = [program.url, program.url.replace('http', 'ws')];
      const sent: string[] = [];
      const check = (url: string): void => {
        if (!own.some((origin) => url.startsWith(`${origin}/`)) && !url.startsWith('data:')) faults.push(`asked for ${url}`);
      };
      page.on('console', (message) => {
        if (message.type() === 'error' && !allow.test(message.text())) faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(String(error)));
      context.on('request', (request) => {
        check(request.url());
        const name = /"query":"(?:[^"\\]|\\.)*?mutation (\w+)/.exec(request.postData() ?? '')?.[1];
        if (name) sent.push(name);
      });
      page.on('websocket', (socket) => check(socket.url()));
      const given = token === undefined ? await program.token(role, { subject }) : token;
      await page.goto(`${program.url}${path}`);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      if (given !== null) {
        await page.getByLabel('Token', { exact: true }).fill(given);
        await page.getByRole('button', { name: 'Sign in' }).click();
      }
      const desk: Desk = {
        page,
        context,
        sent,
        card: (account) => page.getByRole('option').filter({ hasText: account }),
        button: (name) => page.getByRole('button', { name }),
        ready: (name) => page.locator('button:enabled', { hasText: name }).first().waitFor(),
        shown: (text) => page.getByText(text).filter({ visible: true }).first().waitFor(),
        async look(account) {
          await desk.card(account).click();
          await page.getByRole('heading', { name: `E-mail to ${account}`, exact: true }).waitFor();
        },
        async press(...keys) {
          for (const key of keys) await page.keyboard.press(key);
        },
        async screenshot(name) {
          if (screenshots) await page.screenshot({ path: `${screenshots}/approvals-${name}.png` });
        },
      };
      return desk;
    },
    async closeDesks() {
      for (const context of contexts) await context.close();
      contexts = [];
      const found = faults;
      faults = [];
      expect(found).toEqual([]);
    },
    async close() {
      await browser.close();
      await program.close();
    },
  };
}
