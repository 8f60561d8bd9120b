import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ticketBlocks, ticketPriorities } from '../../src/features/accounts/index.ts';
import { defaultContextRules, deriveDue } from '../../src/features/context/index.ts';
import { crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { arrangeContext } from './arrange-context.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrangeContext();
});
afterAll(() => program?.close());

interface Published {
  readonly __typename: string;
  readonly version?: number;
  readonly message?: string;
  readonly path?: readonly string[];
}

const publish = async (input: Record<string, unknown>, role: 'admin' | 'analyst' = 'admin'): Promise<Published> =>
  dataOf(await program.query<{ publishContextRules: Published }, Record<string, unknown>>(
    'mutation($input: PublishContextRulesInput!) { publishContextRules(input: $input) { __typename ... on ContextRuleSet { kind version digest publishedAt blocker { labels priorities } callValidation { factor } } ... on UserError { message path code } } }', { input }, { role })).publishContextRules;

const blockersOf = async (id: string, asOf?: string) =>
  (await program.see<{ account: { context: { derived: { blockerCount: number; dealHealth: object } }; blocking: { totalCount: number }; others: { totalCount: number } } }>(
    `query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { context { derived { blockerCount dealHealth { value rule { version } node { lineage { edges { rule { name version } } } } } } }
      blocking: tickets(first: 100, filter: { blocking: true }) { totalCount } others: tickets(first: 100, filter: { blocking: false }) { totalCount } } }`, { id, asOf })).account;

describe('the blocker rule', () => {
  test('says the same in SQL and in TypeScript', async () => {
    const label = fc.constantFrom('blocker', 'BLOCKER', 'Blocker ', 'blöcker', 'İ', 'ẞ', 'Σ', 'ς', 'a"b', '');
    const tickets = fc.array(fc.record({ statusCategory: fc.constantFrom('TO_DO', 'IN_PROGRESS', 'DONE'), labels: fc.array(label, { maxLength: 3 }), priority: fc.constantFrom(...ticketPriorities, null) }), { minLength: 20, maxLength: 20 });
    const rules = fc.record({ labels: fc.uniqueArray(label, { maxLength: 3 }), priorities: fc.subarray([...ticketPriorities]) });
    await fc.assert(fc.asyncProperty(tickets, rules, async (given, rule) => {
      const asked = given.map((ticket, place) => ({ ...ticket, place }));
      const rows = await program.rows(`select ticket_blocks(t."statusCategory", array(select jsonb_array_elements_text(t.labels)), t.priority, $2) as blocks
        from jsonb_to_recordset($1) as t("statusCategory" text, labels jsonb, priority text, place int) order by place`, [JSON.stringify(asked), JSON.stringify(rule)]);
      expect(rows.map((row) => row['blocks'])).toEqual(given.map((ticket) => ticketBlocks(ticket, rule)));
    }), { numRuns: 100 });
    expect((await program.rows('select default_blocker_rules() as rules'))[0]?.['rules']).toEqual(defaultContextRules.BLOCKER);
  });

  test('is the tenant\'s, versioned: counts, lists, health and lineage follow, and the past keeps its own', async () => {
    const id = await program.account('rules');
    const ticket = (key: string, more: Record<string, unknown>) => ({ account: { externalRef: crm('rules') }, externalRef: { system: 'jira', id: key }, key, summary: key, status: 'Open', statusCategory: 'TO_DO', ...more });
    await program.upsert('opportunities', [{ account: { externalRef: crm('rules') }, externalRef: crm('o1'), name: 'Deal', stage: 'Demo', closeDate: '2025-06-30' }]);
    await program.upsert('tickets', [ticket('R-1', { labels: ['urgent'] }), ticket('R-2', { priority: 'HIGHEST' }), ticket('R-3', { labels: ['urgent'], statusCategory: 'DONE' }), ticket('R-4', {})]);
    await program.settled();
    expect(await blockersOf(id)).toMatchObject({ context: { derived: { blockerCount: 0, dealHealth: { value: 'GREEN' } } }, blocking: { totalCount: 0 }, others: { totalCount: 4 } });
    program.clock.advance(60_000);
    const then = program.clock.now().toISOString();
    program.clock.advance(60_000);
    expect(await publish({ blocker: { labels: ['Urgent'], priorities: ['HIGHEST'] } })).toMatchObject({ __typename: 'ContextRuleSet', version: 1, blocker: { labels: ['Urgent'], priorities: ['HIGHEST'] } });
    expect(await blockersOf(id)).toMatchObject({ context: { derived: { blockerCount: 2, dealHealth: { value: 'RED' } } }, blocking: { totalCount: 2 }, others: { totalCount: 2 } });
    expect(await blockersOf(id, then)).toMatchObject({ context: { derived: { blockerCount: 0, dealHealth: { value: 'GREEN' } } }, blocking: { totalCount: 0 } });
    // The job records the lineage by the new version.
    await expect.poll(async () => JSON.stringify(await blockersOf(id)), { timeout: 20_000 }).toContain('"rule":{"name":"blocker","version":"1"}');
    expect(await program.facts('context.derived')).toContainEqual(expect.objectContaining({ data: expect.objectContaining({ cause: 'RULES', previousDealHealth: 'GREEN', dealHealth: 'RED' }) as object }));
  });
});

test('rules are published by administrators, whole, one kind at a time, and on the version that was read', async () => {
  expect(await publish({ callValidation: { factor: 3 } }, 'analyst')).toMatchObject({ __typename: 'ForbiddenError' });
  expect(await publish({})).toMatchObject({ __typename: 'InvalidInputError', message: expect.stringContaining('exactly one of dealHealth') as string });
  expect(await publish({ callValidation: { factor: 3 }, blocker: { labels: [], priorities: [] } })).toMatchObject({ __typename: 'InvalidInputError' });
  expect(await publish({ callValidation: { factor: 1 } })).toMatchObject({ __typename: 'InvalidInputError', message: 'factor must be more than 1', path: ['input', 'callValidation', 'factor'] });
  expect(await publish({ callValidation: { factor: 2.00001 } })).toMatchObject({ __typename: 'InvalidInputError', message: 'factor may have at most 4 decimals' });
  expect(await publish({ callValidation: { factor: 1.000000001 } })).toMatchObject({ __typename: 'InvalidInputError', message: 'factor may have at most 4 decimals' });
  const many = Array.from({ length: 101 }, (_each, place) => ({ name: `Name ${place}`, aliases: Array.from({ length: 49 }, (_other, at) => `Alias ${at} of ${place}`) }));
  expect(await publish({ competitor: { lookbackDays: 30, competitors: many } })).toMatchObject({ __typename: 'InvalidInputError', message: 'competitors may hold at most 5000 names and aliases together', path: ['input', 'competitor', 'competitors'] });
  expect(await publish({ competitor: { lookbackDays: 30, competitors: [{ name: 'Gong' }, { name: 'Other', aliases: ['GONG'] }] } })).toMatchObject({ __typename: 'InvalidInputError', message: 'the name "gong" stands for two competitors' });
  expect(await publish({ competitor: { lookbackDays: 30, competitors: [{ name: 'x' }] } })).toMatchObject({ __typename: 'InvalidInputError' });
  const health = { yellowStatuses: [], redStatuses: ['CHURN'], blockerEffect: 'RED', redBlockerPriorities: [], competitorEffect: 'NONE', contradictionEffect: 'NONE' };
  expect(await publish({ dealHealth: { ...health, contactYellowDays: 30, contactRedDays: 10 } })).toMatchObject({ __typename: 'InvalidInputError', message: 'contactRedDays must be more than contactYellowDays', path: ['input', 'dealHealth', 'contactRedDays'] });
  expect(await publish({ dealHealth: { ...health, contactYellowDays: 10 } })).toMatchObject({ __typename: 'ContextRuleSet', version: 1 });
  expect(await publish({ callValidation: { factor: 2.5 }, basedOn: 0 })).toMatchObject({ __typename: 'ContextRuleSet', version: 1 });
  expect(await publish({ callValidation: { factor: 3 }, basedOn: 0 })).toMatchObject({ __typename: 'ConflictError', message: expect.stringContaining('Version 1 is in force, not 0') as string, path: ['input', 'basedOn'] });
  const { contextRules, first, none } = await program.see<{ contextRules: object[]; first: object; none: object | null }>(
    `{ contextRules { kind version callValidation { factor } dealHealth { contactYellowDays contactRedDays } competitor { lookbackDays competitors { name } } freshness { presenceMinutes } }
      first: contextRuleSet(kind: CALL_VALIDATION, version: 0) { version publishedAt callValidation { factor } } none: contextRuleSet(kind: CALL_VALIDATION, version: 9) { version } }`);
  expect(contextRules).toMatchObject([
    { kind: 'DEAL_HEALTH', version: 1, dealHealth: { contactYellowDays: 10, contactRedDays: null }, callValidation: null }, { kind: 'BLOCKER' }, { kind: 'COMPETITOR', version: 0 }, { kind: 'CALL_VALIDATION', version: 1, callValidation: { factor: 2.5 } }, { kind: 'FRESHNESS', version: 0, freshness: { presenceMinutes: 60 } },
  ]);
  expect(first).toEqual({ version: 0, publishedAt: null, callValidation: { factor: 2 } });
  expect(none).toBeNull();
  program.clock.advance(1_000);
  const before = program.clock.now().toISOString();
  program.clock.advance(1_000);
  expect(await publish({ callValidation: { factor: 4 } })).toMatchObject({ version: 2 });
  const factors = await program.see<{ past: { kind: string; version: number }[]; present: { kind: string; version: number }[] }>('query($asOf: DateTime) { past: contextRules(asOf: $asOf) { kind version } present: contextRules { kind version } }', { asOf: before });
  expect([factors.past, factors.present].map((all) => all.find(({ kind }) => kind === 'CALL_VALIDATION')?.version)).toEqual([1, 2]);
  const { errors } = await program.query('{ contextRules(asOf: "2999-01-01T00:00:00Z") { kind } }');
  expect(errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
});

test('what changes by time alone is derived again when it is due', async () => {
  const id = await program.account('quiet');
  const account = { externalRef: crm('quiet') };
  await program.upsert('opportunities', [{ account, externalRef: crm('o2'), name: 'Deal', stage: 'Demo', closeDate: program.clock.now().toISOString().slice(0, 10) }]);
  await program.settled();
  await publish({ dealHealth: { yellowStatuses: [], redStatuses: [], blockerEffect: 'NONE', redBlockerPriorities: [], competitorEffect: 'NONE', contradictionEffect: 'NONE', closePassedYellowDays: 0 } });
  const derive = () => deriveDue(program, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
  const value = async () => (await program.see<{ account: { context: { derived: { dealHealth: { value: string } } } } }>('query($id: ID!) { account(id: $id) { context { derived { dealHealth { value } } } } }', { id })).account.context.derived.dealHealth.value;
  const told = async () => (await program.facts('context.derived')).filter(({ data }) => data['cause'] === 'TIME').map(({ data }) => [data['previousDealHealth'], data['dealHealth']]);
  await derive();
  const before = await told();
  expect(await value()).toBe('GREEN');
  program.clock.advance(24 * 3_600_000);
  expect(await value()).toBe('YELLOW');
  // The scheduler may have been first; either way each change is told once.
  await derive();
  expect((await told()).slice(before.length)).toEqual([['GREEN', 'YELLOW']]);
  expect(await derive()).toBe(0);
});
