import { afterAll, afterEach, beforeAll, describe, it, expect } from 'vitest';
import { browserAvailable } from '../harness/browser.ts';
import { openOffice, type Office } from './approval-desk.ts';

describe.runIf(browserAvailable('test/console/approvals-why.test.ts'))('the approval page says why', () => {
  let office: Office;
  beforeAll(async () => {
    office = await openOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  it('says why an action ended that is being read, and shows no consent that holds no more', async () => {
    const { program } = office;
    const customer = await program.customer();
    const [account] = await program.rows('select name from account where id = $1', [customer.accountId]);
    const name = account?.['name'] ?? '';
    await program.propose(customer);
    const desk = await office.open();
    await desk.look(name);
    await desk.shown('Live');
    await desk.page.locator('.mark[data-tone=good]').getByText('Granted').waitFor();
    await program.revoke(customer.email);
    await desk.shown('Cancelled, just now: the consent it rested on was withdrawn.');
    await desk.page.locator('.mark[data-tone=bad]').getByText('No longer holds').waitFor();
    expect(await desk.page.locator('.mark[data-tone=good]').count()).toBe(0);
    await desk.shown('Since it was looked at the consent it rested on was withdrawn.');
    await desk.screenshot('consent-withdrawn');
  });

  it('offers no approval of one\'s own words where the policy wants four eyes, and says why', async () => {
    const { program } = office;
    const save = (fourEyes: boolean) => program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { fourEyes } }, { role: 'admin' });
    const customer = await program.customer();
    const [account] = await program.rows('select name from account where id = $1', [customer.accountId]);
    const name = account?.['name'] ?? '';
    await program.propose(customer);
    await save(true);
    try {
      const desk = await office.open({ subject: 'ann' });
      await desk.look(name);
      await desk.button('Approve').waitFor();
      await desk.press('e');
      await desk.page.getByLabel('Text').fill('My own words');
      await desk.button(/^Save$/).click();
      await desk.shown('You wrote these words, and your outreach policy wants four eyes: somebody else approves them.');
      expect(await desk.button('Approve').count()).toBe(0);
      await desk.press('a', 'y');
      expect(desk.sent).toEqual(['EditAction']);
      await desk.screenshot('four-eyes');
      const other = await office.open({ subject: 'bob' });
      await other.look(name);
      await other.button('Approve').waitFor();
    } finally {
      await save(false);
    }
  });
});
