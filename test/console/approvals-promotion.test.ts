import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultScoringModelParameters, storedModel, type ScoringModelParameters } from '../../src/features/scoring/index.ts';
import { dataOf } from '../accounts/arrange.ts';
import type { CrmQueue } from '../actions/crm.ts';
import type { Answer } from '../actions/queue.ts';
import { browserAvailable } from '../harness/browser.ts';
import { until } from '../harness/program.ts';
import { plantRun } from '../laboratory/plant-run.ts';
import { openCrmOffice, phone, type Office } from './approval-desk.ts';
import { violations } from './axe.ts';

const { signalTypes, ...others } = defaultScoringModelParameters();
const candidate: ScoringModelParameters = {
  ...others, highIntentThreshold: 61, icp: { ...others.icp, industries: ['Software', 'Logistics'], minEmployees: 50 },
  signalTypes: signalTypes.flatMap((each) => (each.type === 'email_open' ? [] : each.type === 'demo_request' ? [{ ...each, weight: 55, halfLifeHours: 336 }] : [each])),
};

describe.runIf(browserAvailable('test/console/approvals-promotion.test.ts'))('promotions on the approval page', () => {
  let office: Office<CrmQueue>;
  beforeAll(async () => {
    office = await openCrmOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  const version = async (): Promise<number> => (await office.program.act((work) => storedModel(work, null))).version;
  async function proposed(parameters: ScoringModelParameters): Promise<string> {
    const { experiment, run } = await plantRun(office.program, { parameters, baseVersion: await version(), name: 'Demo requests last longer' });
    const answer = dataOf(await office.program.query<{ promoteExperiment: Answer }, Record<string, string>>('mutation($id: ID!, $run: ID!) { promoteExperiment(id: $id, runId: $run) { ... on Action { id } } }', { id: experiment, run }, { token: await office.program.token('admin', { subject: 'ada' }) }));
    return answer.promoteExperiment.id;
  }

  it('shows every parameter before and after, publishes once another person approves, and proposes the roll-back', async () => {
    const { program } = office;
    const id = await proposed(candidate);
    const before = await version();
    const desk = await office.open();
    await desk.card('Scoring model').getByText('for all accounts').waitFor();
    await desk.card('Scoring model').click();
    await desk.page.getByRole('heading', { name: 'Promote a scoring model', exact: true }).waitFor();
    await desk.shown('Demo requests last longer');
    expect(await desk.page.getByRole('row', { name: /^High intent from/ }).textContent()).toBe('High intent from7561');
    expect(await desk.page.getByRole('row', { name: /^Demo request: half-life in hours/ }).textContent()).toBe('Demo request: half-life in hours240336');
    expect(await desk.page.getByRole('row', { name: /^Email open/ }).textContent()).toBe('Email openweight 1, half-life in hours 48, cap in points 10not counted');
    expect(await desk.page.locator('h2').filter({ visible: true }).allTextContents()).toEqual(['Scoring model', 'Parameters that change', 'Reasoning']);
    expect(await desk.button(/^Edit/).count()).toBe(0);
    expect(await violations(desk.page)).toEqual([]);
    await desk.button('Approve').click();
    await desk.shown(/Publish this model in place of/);
    await desk.screenshot('promotion-confirm');
    await desk.button('Yes, approve').click();
    await until('it is published', async () => (await program.status(id)) === 'EXECUTED');
    await desk.shown(`Published as version ${before + 1}`);
    await desk.shown('Published (approved by you)');
    expect(await version()).toBe(before + 1);
    await desk.button('Propose roll-back').click();
    await desk.shown(/Roll-back proposed\./);
    expect(await version()).toBe(before + 1);
    expect(await violations(desk.page)).toEqual([]);
    await desk.screenshot('promotion-published');
    const other = await office.open({ subject: 'otto' });
    await other.card('Scoring model').click();
    await other.page.getByRole('heading', { name: `Roll back the scoring model to version ${before}`, exact: true }).waitFor();
    await other.shown(`Restores the parameters of version ${before}.`);
    await other.screenshot('promotion-roll-back');
    await other.button('Approve').click();
    await other.button('Yes, approve').click();
    await until('the earlier model is in force', async () => (await version()) === before + 2);
    expect(desk.sent).toEqual(['ApproveAction', 'UndoAction']);
  });

  it.each([
    ['light', 1280], ['dark', 1280], ['light', 390], ['dark', 390],
  ] as const)('is readable in the %s theme at %i pixels', async (colorScheme, width) => {
    await proposed({ ...candidate, highIntentThreshold: width === 390 ? 62 : 63, mediumShare: colorScheme === 'dark' ? 0.5 : 0.55 });
    const desk = await office.open({ options: width === 390 ? { ...phone, colorScheme } : { viewport: { width, height: 860 }, colorScheme } });
    await desk.card('Scoring model').last().click();
    await desk.page.getByRole('heading', { name: 'Promote a scoring model', exact: true }).waitFor();
    await desk.screenshot(`promotion-${colorScheme}-${width}`);
    expect(await violations(desk.page)).toEqual([]);
    expect(await desk.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
  });
});
