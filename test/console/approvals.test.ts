import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Customer } from '../actions/queue.ts';
import { browserAvailable } from '../harness/browser.ts';
import { until } from '../harness/program.ts';
import { desktop, openOffice, type Office } from './approval-desk.ts';

describe.runIf(browserAvailable('test/console/approvals.test.ts'))('the approval page', () => {
  let office: Office;
  beforeAll(async () => {
    office = await openOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  /** A customer with an action in the queue, and the account's name. */
  async function proposed(more: Parameters<Office['program']['propose']>[1] = {}): Promise<{ id: string; name: string; customer: Customer }> {
    const { program } = office;
    const customer = await program.customer();
    const name = (await program.rows('select name from account where id = $1', [customer.accountId]))[0]?.['name'] ?? '';
    return { id: await program.propose(customer, more), name, customer };
  }
  const signals = async (customer: Customer, types: readonly string[]): Promise<void> => {
    await office.program.ingest(types.map((type, index) => ({ account: { id: customer.account }, source: 'test', sourceEventId: `${customer.email}-${index}`, type, occurredAt: '2026-11-21T08:00:00Z', payload: {} })));
    await office.program.settled();
  };

  it('shows context, e-mail and reasoning side by side, and says that a template wrote it', async () => {
    const { program } = office;
    const customer = await program.customer();
    await program.upsert('opportunities', [{ account: { id: customer.account }, externalRef: { system: 'test', id: 'o-look' }, name: 'Deal', stage: 'Negotiation', amount: { amountMinor: 15_000_000, currency: 'USD' }, closeDate: '2026-12-31' }]);
    await program.upsert('tickets', [{ account: { id: customer.account }, externalRef: { system: 'test', id: 't-look' }, key: 'ACME-7', summary: 'SSO fails', status: 'Open', statusCategory: 'TO_DO', priority: 'HIGH' }]);
    await signals(customer, ['demo_request', 'meeting', 'pricing_page_visit']);
    const { uuid } = (await program.rows('select id as uuid from score_point where account_id = $1 order by at desc limit 1', [customer.accountId]).catch(() => []))[0] ?? {};
    await program.propose(customer, { body: 'Hello,\n\n  shall we talk about your trial?\n\nBest', ...(uuid ? { scorePointId: uuid } : {}) });
    const desk = await office.open();
    await desk.card('customer').first().waitFor();
    await desk.shown('Written by a plain template: nobody has weighed its words yet');
    expect(await desk.page.locator('[data-part=subject]').textContent()).toBe('A word about your trial');
    expect(await desk.page.locator('[data-part=body]').textContent()).toBe('Hello,\n\n  shall we talk about your trial?\n\nBest');
    await desk.shown(customer.email);
    await desk.shown('Negotiation');
    await desk.shown('ACME-7');
    await desk.shown('Basis: consent. Until it is withdrawn.');
    await desk.shown('They asked for a demo.');
    await desk.shown('demo request');
    await desk.shown('Live');
    expect(await desk.page.locator('h2').filter({ visible: true }).allTextContents()).toEqual(['Account', 'E-mail', 'Reasoning']);
    const tops = await desk.page.locator('.panel').evaluateAll((panels) => panels.map((panel) => panel.getBoundingClientRect().top));
    expect(new Set(tops).size).toBe(1);
    await desk.screenshot('look');
    await desk.page.emulateMedia({ colorScheme: 'dark' });
    await desk.screenshot('look-dark');
  });

  it('approves in two steps, and shows what came of it', async () => {
    const { id, name } = await proposed();
    const desk = await office.open();
    await desk.look(name);
    await desk.button('Approve').click();
    await desk.shown(/Send this e-mail to/);
    expect(desk.sent).toEqual([]);
    await desk.screenshot('confirm');
    await desk.button('Cancel').click();
    await desk.button('Approve').click();
    await desk.button('Yes, approve').click();
    await desk.shown('Approved. It is about to be sent.');
    await desk.card(name).getByText('Approved by you').waitFor();
    expect(await desk.button(/^(Approve|Reject|Edit|Claim)/).count()).toBe(0);
    expect(desk.sent).toEqual(['ApproveAction']);
    expect(await office.program.status(id)).toBe('APPROVED');
    await desk.screenshot('approved');
  });

  it('rejects with a reason and not without one', async () => {
    const { id, name } = await proposed();
    const desk = await office.open();
    await desk.look(name);
    await desk.button('Reject').click();
    await desk.press('Enter');
    await desk.shown('Say why it is rejected.');
    expect(desk.sent).toEqual([]);
    await desk.screenshot('reject');
    await desk.page.getByLabel('Why is it rejected?').fill('They asked us to wait.');
    await desk.press('Enter');
    await desk.card(name).getByText('Rejected by you').waitFor();
    await desk.shown('They asked us to wait.');
    expect(await office.program.status(id)).toBe('REJECTED');
  });

  it('edits in place, shows a fault at its field, and approves what it now says', async () => {
    const { id, name } = await proposed();
    const before = await office.program.digest(id);
    const desk = await office.open();
    await desk.look(name);
    await desk.button('Edit').click();
    await desk.page.getByLabel('Text').fill('This is guaranteed to work.');
    await desk.button('Save').click();
    await desk.page.locator('.fault', { hasText: 'The do-not-say list forbids' }).waitFor();
    expect(await desk.page.getByLabel('Text').getAttribute('aria-invalid')).toBe('true');
    await desk.screenshot('edit-fault');
    await desk.page.getByLabel('Subject').fill('A better word');
    await desk.page.getByLabel('Text').fill('This may well work.');
    await desk.press('Control+Enter');
    await desk.shown('Saved. It waits for approval as it reads now.');
    await desk.shown('Written by a person');
    expect(await desk.page.locator('[data-part=body]').textContent()).toBe('This may well work.');
    expect(await office.program.digest(id)).not.toBe(before);
    await desk.press('a', 'y');
    await desk.card(name).getByText('Approved by you').waitFor();
    expect(await office.program.status(id)).toBe('APPROVED');
  });

  it('shows what changed since it was seen, approves nothing, and then approves what is there now', async () => {
    const { id, name, customer } = await proposed();
    const desk = await office.open();
    await desk.look(name);
    await office.program.upsert('managerFlags', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `f-${customer.email}` }, flag: 'do_not_disturb', setBy: 'Vic' }]);
    await desk.press('a', 'y');
    await desk.shown('What you saw is no longer so.');
    const row = desk.page.getByRole('row', { name: /Manager flags/ });
    expect(await row.getByRole('cell').allTextContents()).toEqual(['none', 'do_not_disturb']);
    await desk.screenshot('evidence-changed');
    expect(await office.program.status(id)).toBe('PENDING');
    // What is shown now is what is there now.
    await desk.page.locator('.panel').getByText('do_not_disturb').waitFor();
    await desk.press('a', 'y');
    await desk.card(name).getByText('Approved by you').waitFor();
  });

  it('keeps hostile text text', async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title="taken"</script>\n[a](javascript:alert(1)) \u0915\u094d\u200d\u0937';
    const { name } = await proposed({ subject: '<b>Hello</b> <script>1</script>', body: hostile, reasoning: '<iframe src="https://evil.example"></iframe>' });
    const desk = await office.open();
    await desk.look(name);
    expect(await desk.page.locator('[data-part=subject]').textContent()).toBe('<b>Hello</b> <script>1</script>');
    expect(await desk.page.locator('[data-part=body]').textContent()).toBe(hostile);
    await desk.shown('<iframe src="https://evil.example"></iframe>');
    expect(await desk.page.locator('main :is(script, iframe, img, b)').count()).toBe(0);
    expect(await desk.page.title()).toBe('Context graph · Approvals');
    await desk.shown('It holds 1 invisible character');
    await desk.screenshot('hostile');
  });

  it('says so where there is no such action: mistyped, of another tenant, of another kind, or none', async () => {
    const { program } = office;
    const { id, name } = await proposed();
    const theirs = await fetch(`${program.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('admin', { tenant: program.otherTenant })}` },
      body: JSON.stringify({ query: 'mutation { upsertAccounts(input: [{ externalRef: { system: "crm", id: "theirs" }, name: "Theirs" }]) { results { ... on Upserted { id } } } }' }),
    });
    const { data } = (await theirs.json()) as { data: { upsertAccounts: { results: { id: string }[] } } };
    for (const wrong of ['nope', `Action_${'0'.repeat(32)}`, id.replace('Action', 'Account'), data.upsertAccounts.results[0]?.id ?? '', `${id}%20`, '%3Cb%3Ex']) {
      const desk = await office.open({ path: `/console/approvals?action=${wrong}` });
      await desk.page.getByRole('heading', { name: 'No such action' }).waitFor();
      await desk.shown('There is no such action. The link may be old or mistyped, or of another tenant. Choose another from the queue.');
      expect(await desk.button('Try again').count()).toBe(0);
      await desk.screenshot('no-such-action');
      await desk.look(name);
      expect(await desk.page.getByRole('heading', { name: 'No such action' }).count()).toBe(0);
    }
  });

  it('knows its reader by the id that the server records, and offers a machine nothing', async () => {
    const { program } = office;
    const { id, name } = await proposed();
    const desk = await office.open({ token: await program.token('approver', { subject: 'ada.lovelace@example.com' }) });
    await desk.look(name);
    await desk.button('Claim').click();
    await desk.card(name).getByText('Claimed by you').waitFor();
    await desk.page.getByLabel('Mine').check();
    await desk.card(name).waitFor();
    await desk.shown('1 action');
    expect((await program.rows('select claimed_by_id from action where claimed_by_id is not null'))[0]?.['claimed_by_id']).toMatch(/^sub_/);
    await program.mutate('releaseAction', '$id: ID!', { id }, { token: await program.token('approver', { subject: 'ada.lovelace@example.com' }) });
    const machine = await office.open({ token: await program.token('approver', { claims: { actor_kind: 'machine' } }) });
    await machine.look(name);
    await machine.shown('Your token says that no person bears it');
    expect(await machine.button(/^(Approve|Reject|Edit|Claim)/).count()).toBe(0);
  });

  it('lets a viewer look, and says why there is nothing to press', async () => {
    const { name } = await proposed();
    const desk = await office.open({ role: 'viewer', subject: 'vic' });
    await desk.look(name);
    await desk.shown('You can look, and not decide: that takes the role approver or admin; yours: viewer.');
    await desk.shown('Hidden: your role does not read it.');
    expect(await desk.button(/^(Approve|Reject|Edit|Claim)/).count()).toBe(0);
    await desk.press('a', 'y', 'e', 'r', 'c');
    expect(await desk.page.getByRole('alertdialog').count()).toBe(0);
    expect(desk.sent).toEqual([]);
    await desk.screenshot('viewer');
  });

  it('says why a token is refused: wrong, over, or over while the page is open', async () => {
    const { program } = office;
    const desk = await office.open({ token: 'not.a.token', allow: /401|WebSocket/ });
    await desk.shown(/The server refused the token/);
    await desk.screenshot('refused');
    const shortLived = await program.token('approver', { subject: 'ann', hours: 1 });
    await desk.page.getByLabel('Token', { exact: true }).fill(`Bearer ${shortLived}`);
    await desk.button('Sign in').click();
    await desk.card('customer').first().waitFor();
    expect(await desk.page.evaluate(() => [localStorage.length, document.cookie, sessionStorage.length])).toEqual([0, '', 1]);
    program.clock.advance(2 * 3_600_000);
    // The stream may find out first, and take the list away before it can be pressed.
    await desk.page.evaluate(() => document.querySelector<HTMLInputElement>('input[value=claimed]')?.click());
    await desk.shown(/The server refused the token/);
    expect(await desk.page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  it('offers demo tokens, who decides first, and signs out', async () => {
    const desk = await office.open({ token: null });
    const demo = desk.page.getByRole('group', { name: 'aurora' }).getByRole('button');
    expect(await demo.allTextContents()).toEqual(['approver', 'admin', 'viewer']);
    await desk.screenshot('sign-in');
    await desk.button('Sign in').click();
    await desk.shown('Paste a token first.');
    await demo.first().click();
    await desk.shown('test-approver · approver');
    await desk.button('Sign out').click();
    await desk.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('pages through the queue, filters it, and follows links to an account or an action', async () => {
    const { program } = office;
    const made = await proposed();
    for (let index = 0; index < 22; index += 1) await program.propose(await program.customer());
    const desk = await office.open({ path: `/api/approval/ui?account=${encodeURIComponent(made.customer.account)}&action=${encodeURIComponent(made.id)}&other=1`, options: desktop });
    expect(new URL(desk.page.url()).pathname).toBe('/console/approvals');
    expect(new URL(desk.page.url()).searchParams.get('other')).toBeNull();
    await desk.shown(`1 action of ${made.name}`);
    await desk.page.getByRole('heading', { name: `E-mail to ${made.name}` }).waitFor();
    await desk.button('show all accounts').click();
    const count = await program.count(`select from action where status in ('PENDING', 'CLAIMED')`);
    await desk.shown(`${count} actions`);
    expect(await desk.page.getByRole('option').count()).toBe(20);
    await desk.button('More').click();
    await until('all are shown', async () => (await desk.page.getByRole('option').count()) === count);
    await desk.page.getByLabel('Mine').check();
    await desk.shown('You have claimed nothing.');
    await desk.screenshot('mine');
  });

  it('has a page for every address below it, and only its own assets', async () => {
    for (const path of ['/console', '/console/', '/console/approvals', '/console/nothing']) {
      const answer = await fetch(`${office.program.url}${path}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    }
    const redirect = await fetch(`${office.program.url}/api/approval/ui`, { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('location')]).toEqual([302, '/console/approvals']);
    const desk = await office.open({ path: '/console/nothing' });
    await desk.shown('There is no such page');
  });
});
