import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserAvailable } from '../harness/browser.ts';
import { desktop, openOffice, phone, type Desk, type Office } from './approval-desk.ts';
import { violations } from './axe.ts';

describe.runIf(browserAvailable('test/console/accessibility.test.ts'))('axe finds nothing on the approval page', () => {
  let office: Office;
  beforeAll(async () => {
    office = await openOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  /** A customer with everything that the page can show: a score with reasons, an opportunity, a ticket, a flag, and two more actions to the person. */
  async function busy(): Promise<string> {
    const { program } = office;
    const customer = await program.customer();
    const account = { id: customer.account };
    const ref = (id: string) => ({ system: 'test', id: `${id}-${customer.email}` });
    await program.upsert('opportunities', [{ account, externalRef: ref('o'), name: 'Deal', stage: 'Negotiation', amount: { amountMinor: 15_000_000, currency: 'USD' }, closeDate: '2026-12-31' }]);
    await program.upsert('tickets', [{ account, externalRef: ref('t'), key: 'ACME-7', summary: 'SSO fails', status: 'Open', statusCategory: 'TO_DO', priority: 'HIGH' }]);
    await program.upsert('managerFlags', [{ account, externalRef: ref('f'), flag: 'strategic_account', setBy: 'Vic' }]);
    const types = ['demo_request', 'meeting', 'call', ...Array.from({ length: 8 }, () => 'website_visit')];
    await program.ingest(types.map((type, index) => ({ account, source: 'test', sourceEventId: `${customer.email}-${index}`, type, occurredAt: `2026-11-2${index % 2}T08:00:00Z`, payload: {} })));
    await program.settled();
    await program.propose(customer, { generatedBy: 'MODEL', model: 'gpt-test', prompt: 'draft-outreach.v1' });
    const other = await program.customer({ consents: false });
    await program.upsert('contacts', [{ account: { id: other.account }, externalRef: { system: 'test', id: `same-${customer.email}` }, name: 'Same Person', email: customer.email }]);
    await program.propose(other, { subject: 'A second word' });
    return (await program.rows('select name from account where id = $1', [customer.accountId]))[0]?.['name'] ?? '';
  }
  const check = async (desk: Desk, name: string): Promise<void> => {
    await desk.screenshot(`axe-${name}`);
    expect(await violations(desk.page), name).toEqual([]);
  };

  it.each([['desktop', desktop], ['phone', phone]] as const)('at the width of a %s: sign-in, empty queue, queue, action, forms, dialogs', async (width, options) => {
    const signIn = await office.open({ token: null, options });
    await check(signIn, `${width}-sign-in`);
    const name = await busy();
    const desk = await office.open({ options, subject: 'anna-katharina.lindqvist@customer-company.example' });
    await desk.card(name).first().waitFor();
    await check(desk, `${width}-queue`);
    await desk.look(name);
    await desk.shown('Decisions so far');
    await check(desk, `${width}-action`);
    const folded = desk.page.locator('details:not([open]) > summary');
    // Each that is unfolded leaves the list.
    for (let left = await folded.count(); left > 0; left -= 1) await folded.first().click();
    await check(desk, `${width}-unfolded`);
    await desk.button('Approve').click();
    await desk.shown(/Send this e-mail to/);
    await check(desk, `${width}-confirm`);
    await desk.button('Cancel').click();
    await desk.button('Reject').click();
    await desk.page.locator('form.reject').waitFor();
    await check(desk, `${width}-reject`);
    await desk.button('Cancel').click();
    await desk.button(/^Edit/).click();
    await desk.page.getByLabel('Text').waitFor();
    await check(desk, `${width}-edit`);
    await desk.button('Discard').click();
    if (width === 'desktop') {
      await desk.button('Keys').click();
      await desk.page.getByRole('dialog').waitFor();
      await check(desk, `${width}-help`);
      await desk.button('Close').click();
    } else await desk.button('← Queue').click();
    await desk.page.getByRole('radio', { name: 'Mine' }).check();
    await desk.shown('You have claimed nothing.');
    await check(desk, `${width}-empty`);
  }, 120_000);
});
