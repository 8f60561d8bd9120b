import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CrmQueue } from '../actions/crm.ts';
import { browserAvailable } from '../harness/browser.ts';
import { until } from '../harness/program.ts';
import { desktop, openCrmOffice, phone, type Desk, type Office } from './approval-desk.ts';
import { violations } from './axe.ts';

describe.runIf(browserAvailable('test/console/approvals-crm.test.ts'))('CRM changes on the approval page', () => {
  let office: Office<CrmQueue>;
  beforeAll(async () => {
    office = await openCrmOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  async function proposed(change: Record<string, unknown>): Promise<{ id: string; name: string; externalId: string }> {
    const deal = await office.program.deal();
    const name = (await office.program.see<{ node: { name: string } }>('query($id: ID!) { node(id: $id) { ... on Account { name } } }', { id: deal.account })).node.name;
    const { id } = await office.program.proposeChange(deal.id, change);
    return { id, name, externalId: deal.externalId };
  }
  async function look(desk: Desk, name: string): Promise<void> {
    await desk.card(name).click();
    await desk.page.getByRole('heading', { name: `Salesforce change for ${name}`, exact: true }).waitFor();
  }

  it('shows before and after, approves in two steps, tells that it was written, and undoes it', async () => {
    const { program } = office;
    const { id, name, externalId } = await proposed({ nextStep: 'Sign the <b>contract</b>' });
    const desk = await office.open();
    await desk.card(name).getByText('CRM change').waitFor();
    await look(desk, name);
    expect(await desk.page.locator('[data-part="nextStep-before"]').textContent()).toBe('Send the offer');
    expect(await desk.page.locator('[data-part="nextStep"]').textContent()).toBe('Sign the <b>contract</b>');
    expect(await desk.page.locator('h2').filter({ visible: true }).allTextContents()).toEqual(['Account', 'Next step in Salesforce', 'Reasoning']);
    expect(await desk.button(/^Edit/).count()).toBe(0);
    // Nor by its key.
    await desk.press('e');
    expect(await desk.page.getByLabel('Text', { exact: true }).count()).toBe(0);
    await desk.screenshot('crm-change');
    expect(await violations(desk.page)).toEqual([]);
    await desk.button('Approve').click();
    await desk.shown(/Write this to Salesforce, at/);
    expect(desk.sent).toEqual([]);
    await desk.screenshot('crm-confirm');
    await desk.button('Yes, approve').click();
    await until('it is written', async () => (await program.status(id)) === 'EXECUTED');
    await desk.shown('Written (approved by you)');
    await desk.shown(/Written to Salesforce on/);
    await desk.screenshot('crm-written');
    await desk.button('Undo').click();
    await until('it is undone', () => program.crm.deals.get(externalId)?.nextStep === 'Send the offer');
    await desk.shown(/Undone on .*, asked for by ann\./);
    expect(await desk.button('Undo').count()).toBe(0);
    expect(desk.sent).toEqual(['ApproveAction', 'UndoAction']);
    expect(await violations(desk.page)).toEqual([]);
    await desk.screenshot('crm-undone');
  });

  it('a record that changed in the CRM is shown with what it says now, and nothing is written', async () => {
    const { id, name, externalId } = await proposed({ nextStep: 'Sign the contract' });
    const desk = await office.open();
    await look(desk, name);
    office.program.crm.change(externalId, { nextStep: 'Wait for legal' });
    await desk.button('Approve').click();
    await desk.button('Yes, approve').click();
    await desk.shown(/Nothing was approved/);
    await desk.page.getByRole('row', { name: /Next step in the CRM/ }).waitFor();
    await desk.screenshot('crm-evidence-changed');
    expect([await office.program.status(id), office.program.crm.deals.get(externalId)?.nextStep]).toEqual(['PENDING', 'Wait for legal']);
  });

  it.each([['desktop', desktop], ['phone', phone]] as const)('hostile and huge texts on a %s: shown as text, within the page', async (width, options) => {
    const { program } = office;
    const deal = await program.deal({ name: 'N'.repeat(300), stage: 'S'.repeat(300), nextStep: `<img src=x onerror=alert(1)> ${'b'.repeat(4_000)}` });
    const account = (await program.see<{ node: { name: string } }>('query($id: ID!) { node(id: $id) { ... on Account { name } } }', { id: deal.account })).node.name;
    await program.proposeChange(deal.id, { nextStep: `["${'x'.repeat(250)}"]` });
    const desk = await office.open({ options });
    await look(desk, account);
    expect(await desk.page.locator('[data-part="nextStep"]').textContent()).toBe(`["${'x'.repeat(250)}"]`);
    expect(await desk.page.locator('[data-part="nextStep-before"]').textContent()).toContain('<img src=x onerror=alert(1)>');
    expect(await desk.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    expect(await desk.page.locator('[data-part="nextStep"]').evaluate((cell) => cell.getBoundingClientRect().right <= innerWidth)).toBe(true);
    await desk.screenshot(`crm-huge-${width}`);
    expect(await violations(desk.page)).toEqual([]);
  });

  it.each([['desktop', desktop], ['phone', phone]] as const)('a task on a %s; a viewer sees that there is one and not its words', async (width, options) => {
    const { name } = await proposed({ task: { subject: 'Call the buyer', description: 'Ask about the budget.\nAnd the team.', dueOn: '2026-12-04' } });
    const desk = await office.open({ options });
    await look(desk, name);
    expect(await desk.page.locator('[data-part="task.description"]').textContent()).toBe('Ask about the budget.\nAnd the team.');
    await desk.screenshot(`crm-task-${width}`);
    expect(await violations(desk.page)).toEqual([]);
    const viewer = await office.open({ role: 'viewer', options });
    await look(viewer, name);
    expect(await viewer.page.locator('[data-part="task.subject"]').textContent()).toBe('Hidden: your role does not read it.');
  });
});
