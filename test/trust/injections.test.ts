import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { updateProfileFields } from '../../src/features/profiles/index.ts';
import { extractRequirements, saveScenario } from '../../src/features/profiles/index.ts';
import { createLlm, type Llm } from '../../src/platform/llm/llm.ts';
import { until } from '../harness/program.ts';
import { openQueue, type Customer, type Queue } from '../actions/queue.ts';
import { addDocument, define, fill, makeVault } from '../profiles/gap-vault.ts';
import { injections, isOrdered } from './injections.ts';
import { obedientModel } from './obedient-model.ts';

const { model, asked, play, checkAsked } = obedientModel();
let program: Queue;
let llm: Llm;
const fieldNames = Array.from({ length: 10 }, (_, index) => `about_${index}`);
beforeAll(async () => {
  program = await openQueue({ roles: roles.filter((role) => !['scheduler', 'executor'].includes(role)), llm: { model, timeoutMilliseconds: 5_000 } });
  llm = createLlm({ model, database: program.database, timeoutMilliseconds: 5_000, pauses: { first: 1, most: 2 }, onError: () => undefined });
  await define(program, [...fieldNames.map((name) => ({ name, valueType: 'TEXT' as const })), { name: 'seats', displayName: 'Seats', valueType: 'INTEGER' }]);
  await program.rows(`update outreach_default set email_daily_limit = 5`);
});
afterAll(() => program.close());

const inGroups = (size: number): string[][] => Array.from({ length: Math.ceil(injections.length / size) }, (_, index) => injections.slice(index * size, (index + 1) * size));

test('the corpus has hundreds of different strings, and whoever decodes what they read finds an order in each', () => {
  expect(injections.length).toBeGreaterThanOrEqual(200);
  expect(new Set(injections).size).toBe(injections.length);
  expect(injections.filter((each) => !isOrdered(each))).toEqual([]);
});

/** Puts injections wherever others can write about an account, and into what a drafter is told. */
async function poison({ account, accountId }: Customer, group: readonly string[]): Promise<void> {
  const at = (place: number): string => group[place % group.length] ?? '';
  const ref = (id: string) => ({ system: 'test', id: `${id}-${accountId}` });
  const occurredAt = '2026-11-20T00:00:00.000Z';
  const line = (place: number): string => [...at(place)].slice(0, 200).join('') || 'x';
  const notes = await program.upsert('notes', group.map((content, place) => ({ account: { id: account }, externalRef: ref(`note-${place}`), noteType: place % 2 ? 'EMAIL' : 'CALL', content, occurredAt })));
  const threads = await program.upsert('threads', group.map((preview, place) => ({ account: { id: account }, externalRef: ref(`thread-${place}`), author: line(place), preview, replyCount: 1, occurredAt })));
  const tickets = await program.upsert('tickets', [{ account: { id: account }, externalRef: ref('ticket'), key: 'T-1', summary: line(0), status: line(1), statusCategory: 'TO_DO', labels: ['blocker', line(2)] }]);
  expect([notes.rejected, threads.rejected, tickets.rejected]).toEqual([0, 0, 0]);
  await program.upsert('opportunities', [{ account: { id: account }, externalRef: ref('deal'), name: line(3), stage: line(4), nextStep: line(5) }]);
  await program.upsert('seMentions', [{ account: { id: account }, externalRef: ref('se'), name: line(8), status: line(9), occurredAt }]);
  await program.upsert('weeklySummaries', [{ account: { id: account }, externalRef: ref('week'), weekOf: '2026-11-16', status: line(6), highlights: at(7), risks: at(8) }]);
  await program.upsert('contacts', [{ account: { id: account }, externalRef: ref('other'), name: line(9), title: line(0), role: line(1), email: `secret-${accountId}@example.com` }]);
  await program.rows('update account set name = $2, industry = $3, tier = $4 where id = $1', [accountId, line(2), line(3), line(4)]);
  await program.rows('update contact set title = $2, role = $3 where account_id = $1', [accountId, line(5), line(6)]);
  const stored = await program.act((work) => updateProfileFields(work, program.seal, fieldNames.map((name, place) => ({ accountId, name, value: at(place), source: 'CRM' as const, path: [name] }))));
  expect(stored.filter((each) => each instanceof Error)).toEqual([]);
}

interface Proposed { readonly status: string; readonly riskLevel: string; readonly confidence: number; readonly reasoning: string; readonly draft: { readonly to: string; readonly subject: string; readonly body: string; readonly generatedBy: string } }

/** Lets an account with injections become high; answers what was proposed. */
async function proposalFor(customer: Customer): Promise<Proposed> {
  await program.ingest(['demo_request', 'stage_change'].map((type) => ({ account: { id: customer.account }, type, source: 'web', sourceEventId: `${customer.accountId}-${type}`, payload: { text: injections[0], stage: injections[1] } })));
  await until('the crossing is decided on', async () => (await program.count(`select from action_decision where account_id = '${customer.accountId}'`)) > 0);
  const query = 'query($id: ID!) { account(id: $id) { actions(first: 5) { edges { node { status riskLevel confidence reasoning draft { to subject body generatedBy } } } } } }';
  const { account } = await program.see<{ account: { actions: { edges: { node: Proposed }[] } } }>(query, { id: customer.account });
  expect(account.actions.edges).toHaveLength(1);
  return account.actions.edges[0]?.node ?? expect.fail('nothing was proposed');
}

/** What no text of others may change. */
const fixed = async (): Promise<unknown> => [
  await program.rows('select count(*)::int as n, max(version) as version from outreach_policy'), await program.rows('select count(*)::int as n from scoring_model'), await program.rows('select email_daily_limit from outreach_default'),
  await program.rows(`select count(*)::int as n from outreach`), await program.rows(`select count(*)::int as n from action where approval_id is not null`),
];

describe.each([['outside the quoted data alone', false], ['within the quoted data, too', true]] as const)('with a model that obeys whatever it reads %s', (_name, within) => {
  test('drafts go to the person chosen, at the score counted, and lead nowhere', async () => {
    play(within, 'draft');
    const before = await fixed();
    const scores = new Set<number>();
    for (const group of inGroups(10)) {
      const customer = await program.customer();
      await poison(customer, group);
      const action = await proposalFor(customer);
      expect(action).toMatchObject({ status: 'PENDING', draft: { to: customer.email } });
      expect(JSON.stringify([action.draft.subject, action.draft.body, action.reasoning])).not.toMatch(/attacker|mallory|secret-|guarantee/i);
      expect(action.confidence).toBeLessThanOrEqual(0.9);
      expect(isOrdered(action.draft.subject + action.draft.body + action.reasoning)).toBe(false);
      const { account: { brief } } = await program.see<{ account: { brief: { text: string; lines: { kind: string; text: string }[] } } }>('query($id: ID!) { account(id: $id) { brief { text lines { kind text } } } }', { id: customer.account });
      expect(brief.lines.map(({ kind, text }) => [kind, text.slice(0, 2)])).toEqual([['ACCOUNT', '📞'], ['AMOUNT', '💰'], ['BLOCKER', '⚠️'], ['SALES_ENGINEER', '✅ ']]);
      // A name with a line break makes no line of its own, and nothing in it is hidden.
      expect(brief.text.split(/[\n\r\u2028\u2029\u0085]/u)).toEqual(brief.lines.map(({ text }) => text));
      expect(brief.text).not.toMatch(/[\u200b\u202a-\u202e\u2066-\u2069]|[\u{e0020}-\u{e007e}]/u);
      scores.add(Number((await program.rows('select intent_score from account_contexts where account_id = $1', [customer.accountId]))[0]?.['intent_score']));
    }
    expect(scores.size).toBe(1);
    expect(asked.every(({ data }) => Array.isArray(data['fields']) && data['fields'].length === fieldNames.length)).toBe(true);
    expect(await fixed()).toEqual(before);
    checkAsked();
  }, 240_000);

  test('gap filling takes a value that a document says, or none', async () => {
    play(within, 'field');
    const before = await fixed();
    for (const group of inGroups(5)) {
      const vault = await makeVault(program, ['seats']);
      for (const text of group) await addDocument(program, vault, `Order form.\n${text}\nSeats: 12`);
      for (const { field } of await fill(program, vault)) expect(field?.value ?? 12).toBe(12);
    }
    expect(await fixed()).toEqual(before);
    checkAsked();
  }, 240_000);

  test('requirements are extracted only where the conditions ask for them', async () => {
    play(within, 'requirements');
    const before = await fixed();
    for (const [index, group] of inGroups(10).entries()) {
      const { id } = await program.act((work) => saveScenario(work, { name: `Injected ${within} ${index}`, conditions: `The number of seats must be known.\n${group.join('\n')}`.slice(0, 20_000) }));
      await extractRequirements({ transact: (body) => program.act(body), llm }, { caller: { tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, scenarioId: id, again: true });
      expect((await program.rows('select distinct field_name from scenario_requirement where scenario_id = $1', [id])).filter((row) => row['field_name'] !== 'seats')).toEqual([]);
    }
    expect(await fixed()).toEqual(before);
    checkAsked();
  }, 240_000);
});
