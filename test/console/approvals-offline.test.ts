import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserAvailable } from '../harness/browser.ts';
import { until } from '../harness/program.ts';
import { openOffice, type Office } from './approval-desk.ts';

describe.runIf(browserAvailable('test/console/approvals-offline.test.ts'))('the approval page without a network', () => {
  let office: Office;
  beforeAll(async () => {
    office = await openOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  async function proposed(): Promise<{ id: string; name: string }> {
    const { program } = office;
    const customer = await program.customer();
    const [account] = await program.rows('select name from account where id = $1', [customer.accountId]);
    return { id: await program.propose(customer), name: account?.['name'] ?? '' };
  }

  it('takes back what it said of the connection once it is there again, and tells what became of a decision', async () => {
    const [{ id, name }, other] = [await proposed(), await proposed()];
    const desk = await office.open({ allow: /ERR_INTERNET_DISCONNECTED|WebSocket/ });
    await desk.look(name);
    await desk.shown('Live');
    await desk.context.setOffline(true);
    await desk.press('a', 'y');
    await desk.shown(/There is no network\. Whether your decision arrived shows as soon as the connection is back/);
    await desk.page.getByLabel('Waiting', { exact: true }).check();
    await desk.page.locator('.queue').getByText('There is no network.').waitFor();
    await desk.screenshot('offline');
    await desk.context.setOffline(false);
    await desk.shown('The connection is back. Your decision did not arrive; nothing was decided.');
    await desk.card(other.name).waitFor();
    await until('nothing is said of the network any more', async () => (await desk.page.getByText('There is no network').count()) === 0);
    await desk.shown('Live');
    expect(await office.program.status(id)).toBe('PENDING');
    // An action that could not be read is read.
    await desk.context.setOffline(true);
    await desk.card(other.name).click();
    await desk.page.locator('.action').getByText('There is no network.').waitFor();
    await desk.context.setOffline(false);
    await desk.page.getByRole('heading', { name: `E-mail to ${other.name}`, exact: true }).waitFor();
    expect(await desk.page.getByText('There is no network').count()).toBe(0);
  });
});
