import type { BrowserContext, Route, WebSocketRoute } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/platform/ids.ts';
import { uuidOf } from '../actions/queue.ts';
import { browserAvailable } from '../harness/browser.ts';
import { until } from '../harness/program.ts';
import { openOffice, phone, type Desk, type Office } from './approval-desk.ts';

describe.runIf(browserAvailable('test/console/approvals-live.test.ts'))('the approval page while others decide', () => {
  let office: Office;
  beforeAll(async () => {
    office = await openOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(async () => {
    await office.closeDesks();
    // Each test begins with an empty queue.
    for (const { id = '' } of await office.program.rows(`select id from action where status in ('PENDING', 'CLAIMED')`)) await reject(toGlobalId('Action', id), 'janitor');
  });

  async function proposed(more: Parameters<Office['program']['propose']>[1] = {}): Promise<{ id: string; name: string }> {
    const { program } = office;
    const customer = await program.customer();
    const [account] = await program.rows('select name from account where id = $1', [customer.accountId]);
    return { id: await program.propose(customer, more), name: account?.['name'] ?? '' };
  }
  const as = (subject: string) => ({ subject });
  const edit = (id: string, words: Record<string, unknown>, subject: string) => office.program.mutate('editAction', '$input: EditActionInput!', { input: { id, ...words } }, as(subject));
  const reject = (id: string, subject: string) => office.program.mutate('rejectAction', '$input: RejectActionInput!', { input: { id, reason: 'No.' } }, as(subject));
  const isMutation = (route: Route): boolean => (route.request().postData() ?? '').includes('mutation ');

  it('lets one of two win who decide at the same moment, and tells the other by whom', async () => {
    const { id, name } = await proposed();
    const held: Route[] = [];
    const prepare = { prepare: (context: BrowserContext) => context.route('**/graphql', (route) => (isMutation(route) ? void held.push(route) : route.continue())) };
    const desks = [await office.open({ ...as('ann'), ...prepare }), await office.open({ ...as('bob'), ...prepare })] as const;
    for (const desk of desks) {
      await desk.look(name);
      await desk.shown('Live');
      await desk.press('a', 'y');
    }
    await until('both have sent their approval', () => held.length === 2);
    // Under way: nothing can be sent twice.
    for (const desk of desks) {
      expect(await desk.button('Approving…').isDisabled()).toBe(true);
      await desk.press('y', 'y', 'a', 'Enter');
      expect(desk.sent).toEqual(['ApproveAction']);
    }
    await Promise.all(held.map((route) => route.continue()));
    const shown = await Promise.all(desks.map(async ({ page }) => page.getByText(/Approved\. It is about to be sent|already\. Your decision was not needed/).first().textContent()));
    expect(shown.filter((text) => text?.startsWith('Approved. '))).toHaveLength(1);
    const winner = shown[0]?.startsWith('Approved. ') ? 'ann' : 'bob';
    expect(shown).toContain(`Approved by ${winner} already. Your decision was not needed, and changed nothing.`);
    await desks[winner === 'ann' ? 1 : 0].screenshot('already-decided');
    expect(await office.program.told(id)).toEqual(['action.proposed', 'action.approved']);
  });

  it('shows at once what others propose, claim and decide', async () => {
    const first = await proposed();
    const desk = await office.open();
    await desk.look(first.name);
    await desk.shown('Live');
    await desk.shown('1 action');
    const second = await proposed();
    await desk.card(second.name).waitFor();
    await desk.shown('2 actions');
    await office.program.mutate('claimAction', '$id: ID!', { id: first.id }, as('bob'));
    await desk.card(first.name).getByText('Claimed by bob').waitFor();
    await desk.shown(/bob is looking at this until/);
    expect(await desk.button('Approve').count()).toBe(0);
    await desk.screenshot('claimed');
    await reject(first.id, 'bob');
    await desk.shown('Rejected by bob, just now.');
    await desk.card(first.name).getByText('Rejected by bob').waitFor();
    expect(await desk.page.locator('output[aria-live]').textContent()).toBe(`${first.name}: Rejected by bob`);
    await desk.shown('1 action');
    expect(await desk.button(/^(Approve|Reject|Edit|Claim)/).count()).toBe(0);
    await desk.screenshot('decided-by-other');
  });

  it('does not exchange what is being read, nor an approval in the making, for another version', async () => {
    const { id, name } = await proposed();
    const desk = await office.open();
    await desk.look(name);
    await desk.shown('Live');
    await desk.press('a');
    await desk.shown(/Send this e-mail to/);
    await edit(id, { body: 'Bob wrote this.' }, 'bob');
    await desk.shown('It has changed since you began to look. What stands below is what you saw.');
    expect(await desk.page.getByRole('alertdialog').count()).toBe(0);
    expect(await desk.page.locator('[data-part=body]').textContent()).toBe('Shall we talk about your trial?');
    expect(await desk.page.getByRole('row', { name: /^Text/ }).getByRole('cell').allTextContents()).toEqual(['Shall we talk about your trial?', 'Bob wrote this.']);
    await desk.press('a', 'y');
    await desk.shown('Look at what changed first, then approve.');
    await desk.screenshot('newer');
    expect(desk.sent).toEqual([]);
    await desk.press('u');
    expect(await desk.page.locator('[data-part=body]').textContent()).toBe('Bob wrote this.');
    await desk.press('a', 'y');
    await desk.card(name).getByText('Approved by you').waitFor();
  });

  it('never throws away what is being written, whatever comes in', async () => {
    const [{ id, name }, other] = [await proposed(), await proposed()];
    const desk = await office.open();
    await desk.look(name);
    await desk.shown('Live');
    await desk.press('e');
    await desk.page.getByLabel('Text').fill('My own words');
    await edit(id, { subject: 'Bob was here' }, 'bob');
    await desk.shown('It has changed since you began to look. What stands below is what you saw.');
    expect(await desk.page.getByLabel('Text').inputValue()).toBe('My own words');
    await desk.button('Save mine over it').waitFor();
    await desk.screenshot('edit-overtaken');
    // To another action and back: kept.
    await desk.look(other.name);
    await desk.card(name).getByText('unsaved words').waitFor();
    await desk.look(name);
    expect(await desk.page.getByLabel('Text').inputValue()).toBe('My own words');
    // Having looked, one goes on from there: what one left alone is as it is now.
    await desk.button(/^Look at it/).click();
    expect([await desk.page.getByLabel('Subject').inputValue(), await desk.page.getByLabel('Text').inputValue()]).toEqual(['Bob was here', 'My own words']);
    await desk.button(/^Save$/).waitFor();
    await reject(id, 'bob');
    await desk.shown('It no longer waits for a decision, so your words cannot be saved.');
    expect(await desk.page.getByLabel('Text').inputValue()).toBe('My own words');
    expect(await desk.button(/^Save/).isDisabled()).toBe(true);
    await desk.button('Discard').click();
    await desk.card(name).getByText('Rejected by bob').waitFor();
    expect(desk.sent).toEqual([]);
  });

  it('saves nothing over what somebody wrote unseen, keeps the words, and saves them once that was looked at', async () => {
    const { id, name } = await proposed();
    const desk = await office.open({ allow: /WebSocket/, prepare: (context) => context.routeWebSocket(/\/graphql$/, (socket) => void socket.close({ code: 4499, reason: 'away' })) });
    await desk.look(name);
    await desk.press('e');
    await desk.page.getByLabel('Text').fill('My own words');
    await edit(id, { subject: 'Bob was here', body: 'Bob wrote this.' }, 'bob');
    await desk.button(/^Save$/).click();
    await desk.shown('What you saw is no longer so. Look at what changed, then decide again. Nothing was saved; your words are kept.');
    expect(await desk.page.getByRole('row', { name: /^Text/ }).getByRole('cell').allTextContents()).toEqual(['Shall we talk about your trial?', 'Bob wrote this.']);
    expect(await desk.page.getByLabel('Text').inputValue()).toBe('My own words');
    expect(await office.program.told(id)).toEqual(['action.proposed', 'action.edited']);
    await desk.button('Save mine over it').waitFor();
    await desk.screenshot('edit-refused');
    await desk.button(/^Look at it/).click();
    expect(await desk.page.getByLabel('Subject').inputValue()).toBe('Bob was here');
    await desk.button(/^Save$/).click();
    await desk.shown('Saved. It waits for approval as it reads now.');
    expect(await desk.page.locator('[data-part=body]').textContent()).toBe('My own words');
    expect(await desk.page.locator('[data-part=subject]').textContent()).toBe('Bob was here');
  });

  it('counts what is mine, and what is of one account, as it changes', async () => {
    const [first, second, third] = [await proposed(), await proposed(), await proposed()];
    await office.program.mutate('claimAction', '$id: ID!', { id: second.id }, as('bob'));
    for (const { id } of [first, third]) await office.program.mutate('claimAction', '$id: ID!', { id }, as('ann'));
    const desk = await office.open({ subject: 'ann' });
    await desk.shown('Live');
    await desk.shown('3 actions');
    await desk.page.getByLabel('Mine').check();
    await desk.shown('2 actions');
    expect(await desk.page.getByRole('option').count()).toBe(2);
    // Given back by oneself, the card says so and counts no more; whose answer is first does not matter.
    await desk.look(first.name);
    await desk.button('Give back').click();
    await desk.card(first.name).getByText('Waiting').waitFor();
    await desk.shown('1 action');
    await desk.button('Claim').click();
    await desk.card(first.name).getByText('Claimed by you').waitFor();
    await desk.shown('2 actions');
    // What others do with theirs is not mine; what they give back and I claim elsewhere is.
    await office.program.mutate('releaseAction', '$id: ID!', { id: second.id }, as('bob'));
    await office.program.mutate('claimAction', '$id: ID!', { id: second.id }, as('ann'));
    await desk.card(second.name).waitFor();
    await desk.shown('3 actions');
    await reject(third.id, 'ann');
    await desk.card(third.name).getByText('Rejected by you').waitFor();
    await desk.shown('2 actions');
    await desk.screenshot('mine-counted');
    const [account] = await office.program.rows('select account_id as id from action where id = $1', [uuidOf(second.id)]);
    const own = await office.open({ subject: 'ann', path: `/console/approvals?account=${toGlobalId('Account', account?.['id'] ?? '')}` });
    await own.shown(`1 action of ${second.name}`);
    await own.shown('Live');
    await own.page.getByLabel('Mine').check();
    await own.shown(`1 action of ${second.name}`);
    await reject(first.id, 'ann');
    await reject(second.id, 'ann');
    await own.shown(`0 actions of ${second.name}`);
    await desk.shown('0 actions');
  });

  it('goes on behind the last event after a lost connection, and says that it is away', async () => {
    const { id, name } = await proposed();
    const sockets: WebSocketRoute[] = [];
    let away = false;
    const desk = await office.open({
      allow: /WebSocket/,
      prepare: (context) =>
        context.routeWebSocket(/\/graphql$/, (socket) => {
          if (away) return void socket.close({ code: 4499, reason: 'away' });
          sockets.push(socket);
          socket.connectToServer();
        }),
    });
    await desk.look(name);
    await desk.shown('Live');
    await desk.shown('1 action');
    const other = await proposed();
    await desk.card(other.name).waitFor();
    away = true;
    await sockets.at(-1)?.close({ code: 4499, reason: 'cut' });
    await desk.shown('Connection lost, reconnecting…');
    await reject(id, 'bob');
    const third = await proposed();
    away = false;
    await desk.card(name).getByText('Rejected by bob').waitFor();
    await desk.card(third.name).waitFor();
    await desk.shown('Live');
    await desk.shown('2 actions');
    expect(await desk.page.getByRole('option').count()).toBe(3);
  });

  it('says that no answer came, finds out what became of it, and does nothing twice', async () => {
    const { id, name } = await proposed();
    let fate: 'lost on the way' | 'answer lost' | 'fine' = 'lost on the way';
    const desk = await office.open({
      allow: /ERR_FAILED/,
      prepare: (context) =>
        context.route('**/graphql', async (route) => {
          if (!isMutation(route) || fate === 'fine') return route.continue();
          if (fate === 'answer lost') await route.fetch();
          return route.abort();
        }),
    });
    await desk.look(name);
    await desk.press('a', 'y');
    await desk.shown('The server gives no answer. Nothing was decided; try again.');
    expect(await office.program.status(id)).toBe('PENDING');
    await desk.screenshot('no-answer');
    fate = 'answer lost';
    await desk.press('a', 'y');
    await desk.shown(/By now it is: Approved by you/);
    expect(await office.program.told(id)).toEqual(['action.proposed', 'action.approved']);
    expect(await desk.button('Approve').count()).toBe(0);
  });

  it('is walked by keys alone', async () => {
    const [first, second, third] = [await proposed(), await proposed(), await proposed()];
    const desk = await office.open();
    const list = desk.page.getByRole('listbox');
    const selected = (name: string): Promise<unknown> => desk.page.getByRole('option', { selected: true }).filter({ hasText: name }).waitFor();
    await until('the list has the focus', () => list.evaluate((element) => element === document.activeElement));
    await selected(first.name);
    await desk.press('j');
    await selected(second.name);
    await desk.press('ArrowDown');
    await selected(third.name);
    await desk.press('k', 'ArrowUp');
    await selected(first.name);
    expect(await list.getAttribute('aria-activedescendant')).toBe(await desk.page.getByRole('option', { selected: true }).getAttribute('id'));
    await desk.press('End');
    await selected(third.name);
    await desk.press('Home');
    await desk.page.getByRole('heading', { name: `E-mail to ${first.name}` }).waitFor();
    await desk.press('Enter');
    await until('the action has the focus', () => desk.page.getByRole('heading', { name: `E-mail to ${first.name}` }).evaluate((element) => element === document.activeElement));
    await desk.press('?');
    await desk.page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await desk.screenshot('help');
    await desk.press('a');
    await desk.press('Escape');
    await until('the help is closed', async () => (await desk.page.locator('dialog[open]').count()) === 0);
    await desk.press('/');
    expect(await desk.page.evaluate(() => document.activeElement?.getAttribute('value'))).toBe('waiting');
    await desk.press('Escape');
    await desk.press('c');
    await desk.card(first.name).getByText('Claimed by you').waitFor();
    await desk.ready('Give back');
    await desk.press('c');
    await desk.card(first.name).getByText('Waiting').waitFor();
    await desk.ready('Claim');
    // One slip sends nothing, and neither does a key that is held down.
    await desk.page.keyboard.down('a');
    await desk.page.keyboard.down('a');
    await desk.page.keyboard.up('a');
    await desk.shown(/Send this e-mail to/);
    await desk.press('Escape');
    expect(await desk.page.getByRole('alertdialog').count()).toBe(0);
    await desk.press('a', 'Enter');
    await desk.card(first.name).getByText('Approved by you').waitFor();
    await until('the list has the focus again', () => list.evaluate((element) => element === document.activeElement));
    await desk.press('j');
    await desk.page.getByRole('heading', { name: `E-mail to ${second.name}` }).waitFor();
    await desk.press('r');
    await until('the reason is asked for', () => desk.page.getByLabel('Why is it rejected?').isVisible());
    await desk.page.keyboard.type('jkae are letters here');
    await desk.press('Enter');
    await desk.card(second.name).getByText('Rejected by you').waitFor();
    await until('the list has the focus after the rejection', () => list.evaluate((element) => element === document.activeElement));
    await desk.press('j');
    await desk.page.getByRole('heading', { name: `E-mail to ${third.name}` }).waitFor();
    await desk.press('e');
    await until('the form is there', () => desk.page.getByLabel('Subject').isVisible());
    await desk.page.keyboard.type('!');
    await desk.press('Control+Enter');
    await desk.shown('Saved. It waits for approval as it reads now.');
    expect(desk.sent).toEqual(['ClaimAction', 'ReleaseAction', 'ApproveAction', 'RejectAction', 'EditAction']);
    expect(await desk.page.locator('output[aria-live]').textContent()).toContain('Saved.');
  });

  it('fits a phone: the queue, then the action, and nothing wider than the screen', async () => {
    const { id, name } = await proposed({ body: `A long word: ${'x'.repeat(300)}` });
    const desk: Desk = await office.open({ options: phone });
    const fits = (): Promise<boolean> => desk.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth && [...document.querySelectorAll('.right, .queue')].every((each) => each.scrollWidth <= each.clientWidth + 1));
    await desk.card(name).waitFor();
    expect(await fits()).toBe(true);
    await desk.screenshot('phone-queue');
    await desk.card(name).tap();
    await desk.page.getByRole('heading', { name: `E-mail to ${name}` }).waitFor();
    expect(await desk.page.getByRole('listbox').isVisible()).toBe(false);
    expect(await fits()).toBe(true);
    await desk.screenshot('phone-action');
    await desk.page.goBack();
    await desk.card(name).tap();
    await desk.button('Approve').tap();
    await desk.screenshot('phone-confirm');
    await desk.button('Yes, approve').tap();
    await desk.shown('Approved. It is about to be sent.');
    await desk.button('← Queue').tap();
    await desk.card(name).getByText('Approved by you').waitFor();
    expect(await office.program.status(id)).toBe('APPROVED');
  });
});
