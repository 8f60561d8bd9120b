import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { changeSignals } from '../../src/features/connectors/change-signals.ts';
import { vendors } from '../../src/features/connectors/vendors.ts';
import { openQueue, type Queue } from '../actions/queue.ts';
import { until } from '../harness/program.ts';
import { injections, isOrdered } from '../trust/injections.ts';
import { obedientModel } from '../trust/obedient-model.ts';
import { connectVendor, type ConnectedVendor } from './connect-vendor.ts';
import { poisonedDeliveries, shapes, textsIn, withText } from './poisoned.ts';
import { publicUrl } from './vendor-requests.ts';

const { model, play, checkAsked } = obedientModel();
let program: Queue;
const connected = new Map<string, ConnectedVendor>();
const settings: Readonly<Record<string, object>> = { slack: { salesEngineers: { U0SE: 'John Park' } } };
beforeAll(async () => {
  program = await openQueue({ publicUrl, roles: roles.filter((role) => !['scheduler', 'executor'].includes(role)), llm: { model, timeoutMilliseconds: 5_000 } });
  for (const { source } of vendors) connected.set(source, await connectVendor(program, source, settings[source]));
});
afterAll(() => program?.close());

const send = (vendor: string, body: object) => (connected.get(vendor) as ConnectedVendor).send(body);

/** What no text of a vendor may change. */
const fixed = async (): Promise<unknown> => [
  await program.rows('select count(*)::int as n, max(version) as version from outreach_policy'), await program.rows('select count(*)::int as n from scoring_model'), await program.rows('select email_daily_limit from outreach_default'),
  await program.rows('select count(*)::int as n from outreach'), await program.rows('select count(*)::int as n from action where approval_id is not null'),
  await program.rows('select id, source, settings, revoked_at from webhook_secret where source <> \'slack\' order by id'), await program.rows('select count(*)::int as n from stage_catalogue'),
];

/** Signals that the tables of connectors and stages name; a text chooses none. */
const signalTypes = new Set<string>([...Object.values(changeSignals).map(({ type }) => type), 'opportunity_created', 'opportunity_won', 'opportunity_lost', 'stage_advanced', 'stage_regressed', 'stage_change', 'demo_request']);

/** The highest rank of origin that statements with texts of vendors may have: COLLEAGUE_TEXT, and of e-mails CUSTOMER_TEXT. */
async function checkStored(): Promise<void> {
  const above = await program.rows(`select s.node_type, s.origin from source_statement s left join activity a on a.id = s.node_id
    where s.node_type in ('Ticket', 'Thread', 'SeMention', 'Activity', 'Note', 'ManagerFlag', 'WeeklySummary') and s.mode <> 'RETIRE' and s.origin > case when a.type ~* 'e-?mail' then 3 else 4 end`);
  expect(above).toEqual([]);
  const types = (await program.rows('select distinct type from signal')).map((row) => String(row['type']));
  expect(types.filter((type) => !signalTypes.has(type))).toEqual([]);
}

test('every vendor is attacked here', () => {
  expect(Object.keys(shapes).toSorted()).toEqual(vendors.map(({ source }) => source).toSorted());
});

describe.each(Object.entries(shapes))('injections in every text place of what %s sends', (vendor, bodies) => {
  test('are stored as text of their class, or refused; they start nothing and change no rule', async () => {
    const before = await fixed();
    const places = bodies.flatMap((body) => textsIn(body).map((path) => ({ body, path })));
    // Each place has an injection, and over all vendors each injection has a place.
    const share = Math.ceil(injections.length / Object.keys(shapes).length);
    const start = Object.keys(shapes).indexOf(vendor) * share;
    for (let turn = 0; turn < Math.max(places.length, share); turn += 1) {
      const { body, path } = places[turn % places.length] as (typeof places)[number];
      const answer = await send(vendor, withText(body, path, injections[(start + turn) % injections.length] ?? '') as object);
      expect([200, 202, 400], `${path.join('.')}: ${JSON.stringify(answer.body)}`).toContain(answer.status);
    }
    await program.settled();
    await checkStored();
    expect(await fixed()).toEqual(before);
    expect(await program.count('select from action')).toBe(0);
  }, 120_000);
});

interface Proposed { readonly status: string; readonly confidence: number; readonly reasoning: string; readonly riskLevel: string; readonly trust: { readonly level: string }; readonly draft: { readonly to: string; readonly subject: string; readonly body: string } }
let customers = 0;

/** A customer that every vendor knows, and says the given texts about. */
async function poisonedCustomer(texts: readonly string[]) {
  customers += 1;
  const number = 1_000 + customers;
  const customer = await program.customer();
  const [named] = await program.rows(`select external_id as id from external_ref where node_id = $1 and system = 'salesforce'`, [customer.accountId]);
  await program.see('mutation($input: ExternalRefChangeInput!) { linkExternalRef(input: $input) { __typename } }', { input: { id: customer.account, externalRef: { system: 'hubspot', id: String(number) } } });
  const account = { system: 'salesforce', id: String(named?.['id']) };
  const slack = await connectVendor(program, 'slack', { ...settings['slack'], channels: { C024BE91L: account } });
  for (const [vendor, bodies] of poisonedDeliveries(texts, { account, number })) {
    for (const body of bodies) {
      const { status, body: answer } = await (vendor === 'slack' ? slack.send(body) : send(vendor, body));
      expect([200, 202], JSON.stringify(answer)).toContain(status);
      expect((answer.results ?? []).filter((item) => item['status'] === 'refused'), JSON.stringify(answer)).toEqual([]);
    }
  }
  expect(await program.count(`select from thread where account_id = '${customer.accountId}'`)).toBe(4);
  expect(await program.count(`select from ticket where account_id = '${customer.accountId}'`)).toBe(1);
  return customer;
}

const inGroups = (size: number): string[][] => Array.from({ length: Math.ceil(injections.length / size) }, (_, index) => injections.slice(index * size, (index + 1) * size));
const query = 'query($id: ID!) { account(id: $id) { brief { text lines { kind text } } actions(first: 5) { edges { node { status riskLevel confidence reasoning trust { level } draft { to subject body } } } } } }';

describe.each([['outside the quoted data alone', false], ['within the quoted data, too', true]] as const)('with a model that obeys whatever it reads %s', (_name, within) => {
  test('drafts about accounts that vendors write injections about go to the person chosen, at the score counted, and wait for approval', async () => {
    play(within, 'draft');
    const before = await fixed();
    const scores = new Set<number>();
    for (const group of inGroups(20)) {
      const customer = await poisonedCustomer(group);
      await program.ingest(['demo_request', 'stage_change'].map((type) => ({ account: { id: customer.account }, type, source: 'web', sourceEventId: `${customer.accountId}-${type}`, payload: {} })));
      await until('the crossing is decided on', async () => (await program.count(`select from action_decision where account_id = '${customer.accountId}'`)) > 0);
      const { account } = await program.see<{ account: { brief: { text: string; lines: { kind: string }[] }; actions: { edges: { node: Proposed }[] } } }>(query, { id: customer.account });
      const [edge, ...others] = account.actions.edges;
      expect(others).toEqual([]);
      const { status, draft, reasoning, confidence, riskLevel, trust } = edge?.node ?? expect.fail('nothing was proposed');
      expect([status, draft.to]).toEqual(['PENDING', customer.email]);
      expect(`${draft.subject}${draft.body}${reasoning}`).not.toMatch(/attacker|mallory|secret-|guarantee/i);
      expect(isOrdered(draft.subject + draft.body + reasoning)).toBe(false);
      expect(confidence).toBeLessThanOrEqual(0.9);
      // Its deal health rests on an e-mail's subject: the proposal is below the floor, and its risk says so.
      expect([trust.level, riskLevel]).toEqual(['CUSTOMER_TEXT', 'HIGH']);
      expect(account.brief.lines.map(({ kind }) => kind)).toEqual(['ACCOUNT', 'AMOUNT', 'BLOCKER', 'SALES_ENGINEER']);
      expect(account.brief.text.split(/[\n\r\u2028\u2029\u0085]/u)).toHaveLength(4);
      scores.add(Number((await program.rows('select intent_score from account_contexts where account_id = $1', [customer.accountId]))[0]?.['intent_score']));
    }
    expect(scores.size).toBe(1);
    await checkStored();
    expect(await fixed()).toEqual(before);
    checkAsked();
  }, 240_000);
});
