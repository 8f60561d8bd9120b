import { afterAll, beforeAll, expect, test } from 'vitest';
import { DecisionOutcome } from '../../src/features/actions/enums.ts';
import { considerAccount, executeAction, expireActions, type Outreach } from '../../src/features/actions/index.ts';
import { createLlm } from '../../src/platform/llm/llm.ts';
import { toGlobalId, type Id } from '../../src/platform/ids.ts';
import { dataOf } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { openCrmQueue, type CrmQueue } from './crm.ts';
import { uuidOf, type Customer } from './queue.ts';

// Every decision keeps what it was made from, by which policy, why, by whom and what came of it, and answers its lineage.
let program: CrmQueue;
let lasting = false;
const outreach: Outreach = { kind: 'test', send: () => Promise.resolve(lasting ? { kind: 'REFUSED', lasting, reason: 'no such mailbox' } : { kind: 'SENT', outsideId: 'x-1' }), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' }) };
beforeAll(async () => {
  program = await openCrmQueue({ outreach });
});
afterAll(() => program.close());

const system = { actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
const proposed = async (): Promise<string> => program.propose(await program.customer());
async function approved(): Promise<string> {
  const id = await proposed();
  expect(await program.approve(id, await program.digest(id))).toMatchObject({ status: 'APPROVED' });
  return id;
}
async function execute(id: string): Promise<void> {
  const approvalId = (await program.rows('select approval_id from action where id = $1', [uuidOf(id)]))[0]?.['approval_id'] ?? '';
  await executeAction({ transact: (body) => program.database.transact({ ...system, tenantId: program.tenant }, body), seal: program.seal, outreach }, approvalId);
}
const decide = (field: string, id: string, more: Record<string, unknown> = {}) => {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  return ['claimAction', 'releaseAction'].includes(field) ? program.mutate(field, '$id: ID!', { id }) : program.mutate(field, `$input: ${type}!`, { input: { id, ...more } });
};
const limit = (emailDailyLimit: number) => program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { emailDailyLimit } }, { role: 'admin' });
let crossings = 0;
/** Lets an account's intent become high; answers the change of its score that did. */
async function cross(customer: Customer): Promise<Id<'ScorePoint'>> {
  crossings += 1;
  await program.ingest(['demo_request', 'stage_change'].map((type) => ({ account: { id: customer.account }, type, source: 'web', sourceEventId: `${crossings}-${type}` })));
  await program.settled();
  return until('the score has changed', async () => (await program.rows('select id from score_point where account_id = $1 order by occurred_at desc, id desc limit 1', [customer.accountId]))[0]?.['id'] as Id<'ScorePoint'> | undefined);
}
const considered = (customer: Customer, pointId: Id<'ScorePoint'> | null) => {
  const llm = createLlm({ model: null, database: program.database, timeoutMilliseconds: 5_000, onError: () => undefined });
  return considerAccount({ transact: (body) => program.act(body), llm, seal: program.seal, caller: { ...system, tenantId: program.tenant } }, customer.accountId, pointId);
};
const act = async (customer: Customer) => considered(customer, await cross(customer));

/** For each outcome, ways to it; each answers the action, or the account where there is none. */
const waysTo: Readonly<Record<keyof typeof DecisionOutcome, readonly (() => Promise<string>)[]>> = {
  PROPOSED: [proposed, async () => {
    const customer = await program.customer();
    expect(await act(customer)).toBe('PROPOSED');
    return customer.account;
  }],
  SKIPPED: [
    async () => { const customer = await program.customer({ consents: false }); expect(await act(customer)).toBe('NO_CONSENT'); return customer.account; },
    async () => {
      const account = await program.account(`nobody-${(crossings += 1)}`);
      expect(await act({ account, accountId: uuidOf(account) as Id<'Account'>, contact: '', email: '' })).toBe('NO_RECIPIENT');
      return account;
    },
    async () => {
      const customer = await program.customer();
      for (let mail = 0; mail < 5; mail += 1) await program.propose(customer);
      expect(await act(customer)).toBe('DAILY_LIMIT');
      return customer.account;
    },
  ],
  CLAIMED: [async () => { const id = await proposed(); await decide('claimAction', id); return id; }],
  RELEASED: [
    async () => { const id = await proposed(); await decide('claimAction', id); await decide('releaseAction', id); return id; },
    async () => { const id = await proposed(); await decide('claimAction', id); program.clock.advance(16 * 60_000); await expireActions(program.database, system); return id; },
  ],
  EDITED: [async () => { const id = await proposed(); await decide('editAction', id, { body: 'Shall we?', evidenceDigest: await program.digest(id) }); return id; }],
  EVIDENCE_CHANGED: [async () => {
    const customer = await program.customer();
    const id = await program.propose(customer);
    const digest = await program.digest(id);
    await program.upsert('managerFlags', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `t-${customer.email}` }, flag: 'do_not_disturb', setBy: 'Vic' }]);
    await program.approve(id, digest);
    return id;
  }],
  APPROVED: [approved],
  REJECTED: [async () => { const id = await proposed(); await decide('rejectAction', id, { reason: 'Not now' }); return id; }],
  EXPIRED: [async () => { const id = await proposed(); program.clock.advance(73 * 3_600_000); await expireActions(program.database, system); return id; }],
  CANCELLED: [async () => { const customer = await program.customer(); const id = await program.propose(customer); await program.revoke(customer.email); return id; }],
  WENT_STALE: [async () => {
    const customer = await program.customer();
    const pointId = await cross(customer);
    const id = await program.propose(customer, { scorePointId: pointId });
    await program.ingest(['a', 'b'].map((event) => ({ account: { id: customer.account }, type: 'opportunity_lost', source: 'crm', sourceEventId: `${event}-${customer.account}` })));
    await program.settled();
    expect(await considered(customer, null)).toBe('NOT_HIGH');
    return id;
  }],
  POSTPONED: [async () => {
    const customer = await program.customer();
    await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { hoursBetweenEmails: 0 } }, { role: 'admin' });
    const ids = [await program.propose(customer), await program.propose(customer)];
    for (const id of ids) await program.approve(id, await program.digest(id));
    lasting = false;
    await limit(1);
    for (const id of ids) await execute(id);
    await limit(5);
    return ids[1] ?? '';
  }],
  EXECUTED: [async () => { const id = await approved(); lasting = false; await execute(id); return id; }],
  FAILED: [async () => { const id = await approved(); lasting = true; await execute(id); return id; }],
  UNDO_REQUESTED: [async () => (await undone()).id],
  UNDONE: [async () => { const { id, approval } = await undone(); expect(await program.executeUndo(approval)).toBe('UNDONE'); return id; }],
  UNDO_FAILED: [async () => {
    const { id, approval, externalId } = await undone();
    program.crm.change(externalId, { nextStep: 'Something else' });
    expect(await program.executeUndo(approval)).toBe('REFUSED');
    return id;
  }],
};
/** An executed CRM change whose undo is requested. */
async function undone() {
  const change = await program.approved({ nextStep: 'Sign the contract' });
  expect(await program.execute(change.approval)).toBe('SENT');
  await program.undo(change.id);
  return change;
}

interface Trace {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string;
  readonly policyVersion: number;
  readonly inputs: Record<string, unknown>;
  readonly actor: { readonly id: string; readonly kind: string };
  readonly decidedAt: string;
  readonly lineage: { readonly nodes: readonly { readonly id: string; readonly type: string }[]; readonly edges: readonly { readonly to: string; readonly from: string; readonly relation: string; readonly rule: { readonly name: string; readonly version: string } }[] };
}
const fields = 'decisions(first: 10) { edges { node { id outcome reason policyVersion inputs actor { id kind } decidedAt lineage { nodes { id type } edges { to from relation rule { name version } } } } } }';

test.each(Object.keys(DecisionOutcome) as (keyof typeof DecisionOutcome)[])('%s keeps inputs, policy version, reason, actor and outcome, and answers its lineage', async (outcome) => {
  expect(waysTo[outcome].length).toBeGreaterThan(0);
  for (const way of waysTo[outcome]) {
    const about = await way();
    const { node } = dataOf(await program.query<{ node: { decisions: { edges: { node: Trace }[] } } }, { id: string }>(`query($id: ID!) { node(id: $id) { ... on Action { ${fields} } ... on Account { decisions: actionDecisions(first: 10) ${fields.slice('decisions(first: 10)'.length)} } } }`, { id: about }, { role: 'analyst' }));
    const found = node.decisions.edges.map((edge) => edge.node).find((one) => one.outcome === outcome);
    expect(found, `${outcome} of ${about}`).toMatchObject({ reason: expect.stringMatching(/^[A-Z_]+$/) as string, policyVersion: expect.any(Number) as number, actor: { id: expect.stringMatching(/./) as string, kind: expect.stringMatching(/^(user|machine|system)$/) as string } });
    if (!found) continue;
    expect(Object.keys(found.inputs), outcome).not.toEqual([]);
    // It was decided on the action; or, where none was proposed, on the change of the score that crossed the threshold.
    const own = found.lineage.edges.filter(({ to }) => to === found.id);
    expect(own, outcome).toMatchObject([{ relation: 'DECIDED_ON', rule: { version: String(found.policyVersion) } }]);
    const kinds = found.lineage.nodes.map(({ type }) => type);
    expect(kinds).toContain(outcome === 'SKIPPED' ? 'SCORE_POINT' : 'ACTION');
    if (outcome === 'SKIPPED' || about.startsWith('Account')) expect(kinds).toContain('SIGNAL');
    // The fact in the chain names the trace, and is of the same actor.
    const facts = await program.rows(`select actor_kind as kind, actor_id as id from audit_logs where tenant_id = $1 and data ->> 'decisionId' = $2`, [program.tenant, uuidOf(found.id)]);
    expect(facts).toEqual([{ kind: found.actor.kind, id: found.actor.id }]);
    expect(found.id).toBe(toGlobalId('ActionDecision', uuidOf(found.id) as Id<'ActionDecision'>));
  }
}, 60_000);
