import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Customer } from '../actions/queue.ts';
import { browserAvailable } from '../harness/browser.ts';
import { openOffice, type Office } from './approval-desk.ts';

describe.runIf(browserAvailable('test/console/approvals-frozen.test.ts'))('the approval page shows what was frozen, and the present apart', () => {
  let office: Office;
  beforeAll(async () => {
    office = await openOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  let events = 0;
  async function signals(customer: Customer, types: readonly string[]): Promise<void> {
    events += 1;
    await office.program.ingest(types.map((type, index) => ({ account: { id: customer.account }, source: 'test', sourceEventId: `frozen-${events}-${index}`, type, payload: {} })));
    await office.program.settled();
  }
  async function scored(): Promise<{ customer: Customer; name: string }> {
    const customer = await office.program.customer();
    await signals(customer, ['demo_request', 'meeting', 'website_visit', 'website_visit']);
    const [account] = await office.program.rows('select name from account where id = $1', [customer.accountId]);
    return { customer, name: account?.['name'] ?? '' };
  }
  const figures = async (texts: readonly string[]): Promise<number> => texts.reduce((sum, text) => sum + Number(text.replace('−', '-')), 0);

  it('bars add up to the score that they stand under, frozen and present', async () => {
    const { customer, name } = await scored();
    await office.program.propose(customer);
    await signals(customer, ['demo_request']);
    const desk = await office.open();
    await desk.look(name);
    const frozen = desk.page.getByRole('list', { name: /What the frozen score of/ });
    const head = Number(await desk.page.locator('.score').textContent());
    expect(Math.abs((await figures(await frozen.locator('.points').allTextContents())) - head)).toBeLessThan(0.3);
    await frozen.getByText('website visit × 2').waitFor();
    const present = desk.page.locator('details.present');
    await present.locator('summary').click();
    const now = Number(/Present: ([\d.]+)/.exec((await present.locator('summary').textContent()) ?? '')?.[1]);
    expect(now).toBeGreaterThan(head);
    expect(Math.abs((await figures(await present.locator('.points').allTextContents())) - now)).toBeLessThan(0.3);
    await desk.screenshot('frozen-and-present');
  });

  it('tells a changed score in figures as they are shown, and nothing of another window after one\'s own refused approval', async () => {
    const { customer, name } = await scored();
    await office.program.propose(customer);
    const desk = await office.open();
    await desk.look(name);
    await desk.shown('Live');
    await signals(customer, ['meeting']);
    await desk.button('Approve').click();
    await desk.button('Yes, approve').click();
    await desk.shown(/What you saw is no longer so\..*Nothing was approved\./);
    const row = desk.page.getByRole('row', { name: /^Intent score/ });
    expect(await row.getByRole('cell').allTextContents()).toEqual([expect.stringMatching(/^\d+\.\d$/), expect.stringMatching(/^\d+\.\d$/)]);
    await office.program.settled();
    // The echo of the refusal has come once the next change, of somebody else, is told.
    const digest = (await office.program.rows('select evidence_digest as digest from action where account_id = $1', [customer.accountId]))[0]?.['digest'];
    const other = await office.open({ subject: 'bob' });
    await other.look(name);
    await other.button('Claim').click();
    await desk.card(name).getByText('Claimed by bob').waitFor();
    expect(await desk.page.getByText('in another window').count()).toBe(0);
    expect(await desk.page.locator('output.unseen').textContent()).not.toMatch(/another window/);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('an empty filter leaves nobody\'s action open with a button to approve it', async () => {
    const { customer, name } = await scored();
    await office.program.propose(customer);
    const desk = await office.open();
    await desk.look(name);
    await desk.button('Approve').waitFor();
    await desk.page.getByRole('radio', { name: 'Mine' }).check();
    await desk.shown('You have claimed nothing.');
    await desk.shown('Choose an action from the queue.');
    expect(await desk.button(/^(Approve|Reject|Edit|Claim)/).count()).toBe(0);
    await desk.press('a', 'y');
    expect(desk.sent).toEqual([]);
    await desk.page.getByRole('radio', { name: 'All' }).check();
    await desk.button('Approve').waitFor();
  });

  it('says that a person wrote what a person proposed, and which model wrote what a model wrote', async () => {
    const { program } = office;
    const [byHand, byModel] = [await scored(), await scored()];
    await program.mutate('proposeAction', '$input: ProposeActionInput!', { input: { account: { id: byHand.customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.8 } }, { role: 'analyst' });
    await program.propose(byModel.customer, { generatedBy: 'MODEL', model: 'gpt-test', prompt: 'draft-outreach.v1' });
    const desk = await office.open();
    await desk.look(byHand.name);
    await desk.shown(/^Written by a person on 2026-11-21 at/);
    await desk.look(byModel.name);
    await desk.shown(/^Written by the language model gpt-test on 2026-11-21 at/);
  });

  it('shows what else is under way to the same person', async () => {
    const { program } = office;
    const [{ customer, name }, other] = [await scored(), await scored()];
    await program.upsert('contacts', [{ account: { id: other.customer.account }, externalRef: { system: 'test', id: `same-${customer.email}` }, name: 'Same', email: customer.email }]);
    await program.rows('delete from contact where account_id = $1 and subject_id <> (select subject_id from contact where account_id = $2)', [other.customer.accountId, customer.accountId]);
    await program.propose(customer);
    await program.propose(other.customer);
    const desk = await office.open();
    await desk.look(name);
    await desk.shown('One more action is under way to this person:');
    await desk.page.getByRole('link', { name: `E-mail for ${other.name}`, exact: true }).waitFor();
    await desk.screenshot('same-person');
  });
});
