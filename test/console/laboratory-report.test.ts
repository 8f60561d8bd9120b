import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadDemo } from '../../src/app/demo.ts';
import { portfolioAccounts } from '../../src/app/demo-portfolio.ts';
import { demoYearName, loadDemoYear } from '../../src/app/demo-year.ts';
import type { CrmQueue } from '../actions/crm.ts';
import { browserAvailable } from '../harness/browser.ts';
import { until } from '../harness/program.ts';
import { openCrmOffice, phone, type Office } from './approval-desk.ts';
import { violations } from './axe.ts';

describe.runIf(browserAvailable('test/console/laboratory-report.test.ts'))('the report of a run', () => {
  let office: Office<CrmQueue>;
  let token: string;
  let run: string;
  beforeAll(async () => {
    office = await openCrmOffice();
    const { program } = office;
    const [demo] = await loadDemo({ ...program, highIntentThreshold: 75 });
    if (!demo) throw new Error('the demo has no tenant');
    await loadDemoYear(program.database, demo.id, portfolioAccounts);
    token = await program.token('analyst', { tenant: demo.id });
    interface Listed { readonly experiments: { readonly edges: readonly { readonly node: { readonly runs: readonly { readonly id: string; readonly status: string }[] } }[] } }
    run = await until('the run is completed', async () => {
      const found = (await program.query<Listed, never>('{ experiments(first: 1) { edges { node { runs { id status } } } } }', undefined, { token })).data?.experiments.edges[0]?.node.runs[0];
      return found?.status === 'COMPLETED' && found.id;
    });
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  it('is reached from the laboratory, says that the data is synthetic, and gives the known answer', async () => {
    const desk = await office.open({ token, path: '/console/laboratory' });
    await desk.page.getByRole('heading', { name: demoYearName }).waitFor();
    expect(await violations(desk.page)).toEqual([]);
    await desk.page.getByRole('link', { name: /^Report of/ }).click();
    await desk.page.getByRole('heading', { name: demoYearName, level: 1 }).waitFor();
    await desk.shown(/^Synthetic data, made up for this demo/);
    await desk.shown(/The candidate flagged 19 accounts, and 17 of them were won within 90 days \(89 %\)\. Version 1, the model it is compared with, flagged 16 accounts, and 4 of them were won within 90 days \(25 %\)\./);
    await desk.shown('Flagged by the candidate alone: 15');
    await desk.shown('No longer flagged: 12');
    await desk.shown('This run is not pinned. Pin it before you promote its model.');
    expect(await desk.page.locator('svg[role="img"] .series').count()).toBe(2);
    await desk.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await desk.page.getByRole('button', { name: 'Print' }).count()).toBe(0);
    expect(await desk.page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    const pages = (await desk.page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(5);
    await desk.screenshot('report-print');
  });

  it.each([['light', 1280], ['dark', 1280], ['light', 390], ['dark', 390]] as const)('is readable in the %s theme at %i pixels', async (colorScheme, width) => {
    const desk = await office.open({ token, path: `/console/laboratory/report?run=${run}`, options: width === 390 ? { ...phone, colorScheme } : { viewport: { width, height: 1700 }, colorScheme } });
    await desk.page.getByRole('heading', { name: demoYearName, level: 1 }).waitFor();
    await desk.screenshot(`report-${colorScheme}-${width}`);
    expect(await violations(desk.page)).toEqual([]);
    expect(await desk.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth && document.querySelector("main").scrollWidth <= window.innerWidth')).toBe(true);
  });

  it('of a run that is not there says so', async () => {
    const desk = await office.open({ token, path: `/console/laboratory/report?run=${run.slice(0, -4)}0000` });
    await desk.page.getByRole('heading', { name: 'No such run' }).waitFor();
  });
});
