import { afterAll, beforeAll, expect, test } from 'vitest';
import { transitions } from '../../src/features/actions/action.states.ts';
import type { Id } from '../../src/platform/ids.ts';
import { openQueue, uuidOf, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

type Step = readonly [text: string, ...values: unknown[]];
const undone = new Error('undone');
/** Runs statements as the program's role in one transaction, up to its commit; answers the constraint that refused, or `done`, and leaves nothing behind. */
async function attempt(...steps: Step[]): Promise<string> {
  try {
    await program.act(async (work) => {
      for (const [text, ...values] of steps) await work.rows({ name: 'attempt', text }, values);
      await work.rows({ name: 'attempt', text: 'set constraints all immediate' });
      throw undone;
    });
  } catch (error) {
    if (error === undone) return 'done';
    const { constraint, message } = error as { constraint?: string; message: string };
    return constraint ?? message;
  }
  throw new Error('it was committed');
}

interface Made {
  readonly id: string;
  readonly decision: string;
}
async function made(more: Parameters<Queue['propose']>[1] = {}): Promise<Made> {
  const id = uuidOf(await program.propose(await program.customer(), more));
  return { id, decision: (await program.rows('select id from action_decision where action_id = $1', [id]))[0]?.['id'] ?? '' };
}
async function approved(): Promise<Made> {
  const id = await program.propose(await program.customer());
  expect(await program.approve(id, await program.digest(id))).toMatchObject({ status: 'APPROVED' });
  return { id: uuidOf(id), decision: (await program.rows('select approval_id from action where id = $1', [uuidOf(id)]))[0]?.['approval_id'] ?? '' };
}
const fresh = (): string => crypto.randomUUID();
/** A decision about an action, as the program would write it, with what is said otherwise. */
function decide(id: string, { decision, outcome = 'APPROVED', kind = 'user', actor = 'carol', digest = null, version = null }: { decision: string; outcome?: string; kind?: string; actor?: string; digest?: string | null; version?: number | null }): Step {
  return [
    `insert into action_decision (tenant_id, id, account_id, action_id, outcome, reason, policy_version, inputs, actor_kind, actor_id, request_id, decided_at)
     select tenant_id, $2, account_id, id, $3, 'X', 0, jsonb_build_object('evidenceDigest', coalesce($6, evidence_digest), 'evidenceVersion', coalesce($7::int, evidence_version)), $4, $5, 'test', app_now() from action where id = $1`,
    id, decision, outcome, kind, actor, digest, version,
  ];
}
const approve = (id: string, decision: string, by = 'carol'): Step => [
  `update action set status = 'APPROVED', approval_id = $2, decided_by_kind = 'user', decided_by_id = $3, decided_at = app_now() where id = $1`, id, decision, by,
];
/** The next version of an action's evidence, with what is said otherwise. */
const freeze = (id: string, cause: string, { kind = 'user', author = 'ann', edited = true, origin = 'TEMPLATE' } = {}): Step => [
  `insert into action_evidence (tenant_id, id, account_id, action_id, version, cause, digest, evidence, draft_sealed, reasoning_sealed, generated_by, author_kind, author_id, is_edited, frozen_at)
   select tenant_id, gen_random_uuid(), account_id, action_id, version + 1, $2, repeat('b', 64), evidence, draft_sealed, reasoning_sealed, $6, $3, $4, $5, app_now()
   from action_evidence where action_id = $1 order by version desc limit 1`, id, cause, kind, author, edited, origin,
];
const advance = (id: string, version = 2): Step => [`update action set evidence_version = $2, evidence_digest = repeat('b', 64) where id = $1`, id, version];

test('an action is not begun in any state but PENDING, nor with an approval, nor without evidence', async () => {
  const [one, other] = [await approved(), await made()];
  const columns = 'tenant_id, account_id, type, risk_level, confidence, contact_id, subject_id, evidence_version, evidence_digest, proposed_by_kind, proposed_by_id, proposed_at, expires_at, recorded_at';
  const begin = (status: string, more = '', id = fresh()) => attempt([
    `insert into action (id, status, ${columns}, approval_id, decided_by_kind, decided_by_id, decided_at, executed_at) select $2, $3, ${columns}, ${more || 'null, null, null, null, null'} from action where id = $1`, other.id, id, status,
  ]);
  for (const approval of [one.decision, other.decision]) {
    expect(await begin('APPROVED', `'${approval}', 'user', 'x', now(), null`)).toBe('action_life_cycle');
    expect(await begin('EXECUTED', `'${approval}', 'user', 'x', now(), now()`)).toBe('action_life_cycle');
    expect(await begin('PENDING', `'${approval}', null, null, null, null`)).toBe('action_approved');
  }
  expect(await begin('PENDING')).toBe('action_evidence_seen');
});

test('an approval is a person\'s, of this action, of the evidence in the row, and of the decider', async () => {
  const [{ id, decision: proposal }, other] = [await made(), await approved()];
  const decision = fresh();
  expect(await attempt(decide(id, { decision }), approve(id, decision))).toBe('done');
  for (const wrong of [proposal, other.decision, fresh()]) expect(await attempt(approve(id, wrong))).toBe('action_life_cycle');
  for (const wrong of [{ kind: 'machine' }, { kind: 'system' }, { outcome: 'REJECTED' }, { digest: 'f'.repeat(64) }, { version: 2 }, { actor: 'dave' }]) expect(await attempt(decide(id, { decision, ...wrong }), approve(id, decision)), JSON.stringify(wrong)).toBe('action_life_cycle');
  expect(await attempt(decide(id, { decision }), [`update action set status = 'APPROVED', approval_id = $2 where id = $1`, id, decision])).not.toBe('done');
});

test('an approval of another tenant is none', async () => {
  const { id } = await made();
  const decision = fresh();
  // Written by the owner, since the program's role cannot write another tenant's rows at all.
  expect(await attempt([`insert into action_decision select (jsonb_populate_record(d, jsonb_build_object('tenant_id', '${program.otherTenant}', 'id', '${decision}'))).* from action_decision d where action_id = '${id}'`])).toContain('row-level security');
  await program.admin.query('set session_replication_role = replica');
  await program.admin.query(`insert into action_decision select (jsonb_populate_record(d, jsonb_build_object('tenant_id', '${program.otherTenant}', 'id', '${decision}', 'outcome', 'APPROVED', 'actor_kind', 'user', 'actor_id', 'carol'))).* from action_decision d where action_id = '${id}'`);
  await program.admin.query('reset session_replication_role');
  expect(await attempt(approve(id, decision))).toBe('action_life_cycle');
  // Nor may the owner, whom no wall keeps out.
  const asOwner = program.rows(`update action set status = 'APPROVED', approval_id = $2, decided_by_kind = 'user', decided_by_id = 'carol', decided_at = now() where id = $1`, [id, decision]);
  await expect(asOwner).rejects.toMatchObject({ constraint: 'action_life_cycle' });
});

test('nobody approves what they proposed, nor with four eyes what they wrote, whatever the program says', async () => {
  const { id } = await made();
  const decision = fresh();
  const edited = [freeze(id, 'EDITED'), advance(id)];
  expect(await attempt(...edited, decide(id, { decision, actor: 'ann' }), approve(id, decision, 'ann'))).toBe('done');
  await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { fourEyes: true } }, { role: 'admin' });
  expect(await attempt(...edited, decide(id, { decision, actor: 'ann' }), approve(id, decision, 'ann'))).toBe('action_four_eyes');
  expect(await attempt(...edited, decide(id, { decision }), approve(id, decision))).toBe('done');
  const customer = await program.customer();
  const input = { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.9 };
  const byHand = uuidOf((await program.mutate('proposeAction', '$input: ProposeActionInput!', { input }, { subject: 'ann' })).id);
  expect(await attempt(decide(byHand, { decision, actor: 'ann' }), approve(byHand, decision, 'ann'))).toBe('action_four_eyes');
  expect(await attempt(decide(byHand, { decision }), approve(byHand, decision))).toBe('done');
  const asMachine = uuidOf((await program.mutate('proposeAction', '$input: ProposeActionInput!', { input }, { subject: 'dual', role: 'agent' })).id);
  expect(await attempt(decide(asMachine, { decision, actor: 'dual' }), approve(asMachine, decision, 'dual'))).toBe('action_four_eyes');
  const key = fresh();
  await program.rows(`insert into api_key (tenant_id, id, name, secret_hash, roles, created_at, created_by) values ($1, $2, 'machine', '\\x01', '{agent}', now(), 'ada')`, [program.tenant, key]);
  const byKey = (await made()).id;
  await program.rows(`alter table action disable trigger all; update action set proposed_by_kind = 'machine', proposed_by_id = '${key}' where id = '${byKey}'; alter table action enable trigger all`);
  expect(await attempt(decide(byKey, { decision, actor: 'ada' }), approve(byKey, decision, 'ada'))).toBe('action_four_eyes');
  expect(await attempt(decide(byKey, { decision }), approve(byKey, decision))).toBe('done');
});

test('evidence is what the action rests on: a row of it, forward, with the author who wrote it', async () => {
  const { id } = await made();
  expect(await attempt(advance(id))).toBe('action_evidence_seen');
  expect(await attempt([`update action set evidence_digest = repeat('b', 64) where id = $1`, id])).toBe('action_life_cycle');
  const back: Step = [`update action set evidence_version = 1, evidence_digest = (select digest from action_evidence where action_id = $1 and version = 1) where id = $1`, id];
  expect(await attempt(freeze(id, 'EDITED'), advance(id))).toBe('done');
  expect(await attempt(freeze(id, 'EDITED'), advance(id), back)).toBe('action_life_cycle');
  const decision = fresh();
  expect(await attempt(freeze(id, 'EDITED'), decide(id, { decision }), approve(id, decision)), 'newer words lie there').toBe('action_life_cycle');
  for (const wrong of [freeze(id, 'PROPOSED'), freeze(id, 'CHANGED'), freeze(id, 'EDITED', { kind: 'machine' }), freeze(id, 'EDITED', { edited: false }), freeze(id, 'EDITED', { origin: 'PERSON' })]) expect(await attempt(wrong), JSON.stringify(wrong)).toBe('action_evidence_author');
  expect(await attempt(freeze(id, 'CHANGED', { kind: 'system', author: 'test', edited: false }))).toBe('done');
  expect(await attempt(freeze(id, 'EDITED'), freeze(id, 'CHANGED', { author: 'bob' })), 'hides who wrote it').toBe('action_evidence_author');
  expect(await attempt(freeze((await approved()).id, 'EDITED')), 'after the decision').toBe('action_evidence_author');
  expect(await attempt([`update action set confidence = 1 where id = $1`, id])).toBe('action_life_cycle');
});

test('a rejection has a decider, who decided so', async () => {
  const { id } = await made();
  const reject: Step = [`update action set status = 'REJECTED', end_reason = 'X', decided_by_kind = 'user', decided_by_id = 'carol', decided_at = app_now() where id = $1`, id];
  expect(await attempt([`update action set status = 'REJECTED', end_reason = 'X' where id = $1`, id])).toBe('action_life_cycle');
  expect(await attempt(reject)).toBe('action_life_cycle');
  expect(await attempt(decide(id, { decision: fresh(), outcome: 'REJECTED', actor: 'dave' }), reject)).toBe('action_life_cycle');
  expect(await attempt(decide(id, { decision: fresh(), outcome: 'REJECTED' }), reject)).toBe('done');
  // Nor has anything a decider that nobody decided on, and what was decided stays so.
  expect(await attempt([`update action set status = 'EXPIRED', end_reason = 'X', decided_by_kind = 'user', decided_by_id = 'carol', decided_at = app_now() where id = $1`, id])).toBe('action_decided');
  const other = await approved();
  expect(await attempt([`update action set status = 'CANCELLED', end_reason = 'X', decided_by_id = 'dave' where id = $1`, other.id])).toBe('action_life_cycle');
});

test('an approved action ends as its message did, and not before', async () => {
  const { id, decision } = await approved();
  const end = (status: string): Step => [`update action set status = '${status}', ${status === 'EXECUTED' ? 'executed_at = app_now()' : `end_reason = 'X'`} where id = $1`, id];
  const to = (state: string, more = ''): Step => [`update outreach set state = '${state}'${more} where approval_id = $1`, decision];
  const sending = to('SENDING', ', started_at = app_now(), attempts = 1');
  for (const status of ['EXECUTED', 'FAILED', 'CANCELLED']) {
    expect(await attempt(end(status))).toBe('action_outreach');
    expect(await attempt(sending, end(status))).toBe('action_outreach');
  }
  expect(await attempt(sending, to('SENT', `, outside_id = 'x'`), end('EXECUTED'))).toBe('done');
  expect(await attempt(sending, to('SENT'), end('EXECUTED'))).toMatch(/^outreach_/);
  expect(await attempt(sending, to('FAILED'), end('FAILED'))).toBe('done');
  expect(await attempt(sending, to('FAILED'), end('EXECUTED'))).toBe('action_outreach');
  expect(await attempt(to('CANCELLED'), end('CANCELLED'))).toBe('done');
});

test('what is to be sent keeps its approval, and goes its way step by step', async () => {
  const [{ id, decision }, other, pending] = [await approved(), await approved(), await made()];
  const set = (what: string, ...values: unknown[]) => attempt([`update outreach set ${what} where approval_id = $1`, decision, ...values]);
  for (const another of [other.decision, pending.decision, fresh()]) expect(await set('approval_id = $2', another)).toBe('outreach_approved');
  expect(await set('action_id = $2', pending.id)).toBe('outreach_approved');
  for (const state of ['SENT', 'FAILED']) expect(await set(`state = '${state}', outside_id = 'x', started_at = app_now(), attempts = 1`)).toBe('outreach_approved');
  const order = (action: string, approval: string, state = 'DUE') => attempt([`insert into outreach (tenant_id, approval_id, action_id, state, due_at, recorded_at) values (app_tenant(), $2, $1, $3, app_now(), app_now())`, action, approval, state]);
  expect(await order(pending.id, pending.decision)).toBe('outreach_approved');
  expect(await order(pending.id, decision)).toBe('outreach_approved');
  expect(await order(id, pending.decision)).toBe('outreach_approved');
  expect(await order(id, decision, 'SENT')).toBe('outreach_approved');
});

test('drafts and decisions are rewritten by an erasure alone', async () => {
  const { id, decision } = await approved();
  const drafts: Step = [`select erase_from_drafts(array(select id from action_evidence where action_id = $1), array['x'::bytea], array['x'::bytea])`, id];
  const remarks: Step = [`select erase_from_remarks(array[$1::uuid], array['x'::bytea])`, decision];
  const subject: Step = [`update action_decision set subject_id = (select subject_id from action where id = action_id) where id = $1`, decision];
  expect(await attempt(subject)).toContain('permission denied');
  expect(await attempt(drafts)).toBe('erasure_only');
  expect(await attempt([`select erase_from_texts('action_evidence', array_agg(id), array_agg(jsonb_build_object('evidence', evidence::text)), array_agg(jsonb_build_object('evidence', regexp_replace(evidence::text, 'customer-[0-9]+', '[erased]', 'g')))) from action_evidence`])).toBe('erasure_only');
  await program.rows(`update action_decision set subject_id = (select subject_id from action where id = action_id) where id = $1`, [decision]).then(
    () => expect.unreachable('not even by its owner'),
    (error: { constraint?: string }) => expect(error.constraint).toBe('erasure_only'),
  );
  const remarked = await program.propose(await program.customer());
  await program.mutate('rejectAction', '$input: RejectActionInput!', { input: { id: remarked, reason: 'No' } });
  const [rejection] = await program.rows(`select id from action_decision where action_id = $1 and outcome = 'REJECTED'`, [uuidOf(remarked)]);
  expect(await attempt([remarks[0], rejection?.['id']])).toBe('erasure_only');
  // A receipt of an earlier erasure opens nothing; one that the same transaction leaves does.
  const receipt: Step = [`insert into erasure_receipt (tenant_id, id, statement, signature, public_key, key_id, completed_at, actor_kind, actor_id) values (app_tenant(), gen_random_uuid(), 'x', '', 'x', 'x', app_now(), 'user', 'x')`];
  await program.act((work) => work.rows({ name: 'receipt', text: receipt[0] }));
  expect(await attempt(drafts)).toBe('erasure_only');
  expect(await attempt(drafts, receipt)).toBe('done');
});

test('a temporary table does not stand in for one that is looked into', async () => {
  const { id } = await made();
  const decision = fresh();
  const outcome = await attempt(
    ['create temporary table action_decision on commit drop as select * from public.action_decision limit 0'],
    [`insert into pg_temp.action_decision (tenant_id, id, action_id, outcome, actor_kind, actor_id, inputs) select tenant_id, $2, id, 'APPROVED', 'user', 'carol', jsonb_build_object('evidenceDigest', evidence_digest, 'evidenceVersion', evidence_version) from action where id = $1`, id, decision],
    approve(id, decision),
  );
  expect(outcome).toMatch(/action_life_cycle|permission denied/);
});

test('every step that the state machine does not list is refused, from every state', async () => {
  const states = Object.keys(transitions) as (keyof typeof transitions)[];
  const { id } = await approved();
  const closed = new Set(['APPROVED', 'EXECUTED', 'FAILED']);
  const inState = new Map<string, Id<'Action'>>();
  await program.admin.query('set session_replication_role = replica');
  for (const status of states) {
    const own = fresh() as Id<'Action'>;
    inState.set(status, own);
    const row = {
      id: own, status, approval_id: null, decided_by_kind: null, decided_by_id: null, decided_at: null,
      ...(closed.has(status) ? { approval_id: fresh() } : {}), ...(closed.has(status) || status === 'REJECTED' ? { decided_by_kind: 'user', decided_by_id: 'x', decided_at: '2026-11-21T00:00:00Z' } : {}),
      executed_at: status === 'EXECUTED' ? '2026-11-21T00:00:00Z' : null, end_reason: ['REJECTED', 'EXPIRED', 'CANCELLED', 'STALE', 'FAILED'].includes(status) ? 'X' : null,
      ...(status === 'CLAIMED' ? { claimed_by_kind: 'user', claimed_by_id: 'x', claim_expires_at: '2027-01-01T00:00:00Z' } : {}),
    };
    const columns = (await program.rows(`select string_agg(quote_ident(attname), ', ') as columns from pg_attribute where attrelid = 'action'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`))[0]?.['columns'];
    await program.admin.query(`insert into action (${columns}) select ${columns} from (select (jsonb_populate_record(a, $2)).* from action a where id = $1) r`, [id, JSON.stringify(row)]);
  }
  await program.admin.query('reset session_replication_role');
  for (const from of states) {
    for (const to of states.filter((state) => !transitions[from].includes(state) && !(state === from && transitions[from].length > 1 && from !== 'APPROVED'))) {
      expect(await attempt([`update action set status = '${to}' where id = $1`, inState.get(from)]), `${from} → ${to}`).toBe('action_life_cycle');
    }
    expect(await attempt([`delete from action where id = $1`, inState.get(from)])).toContain('permission denied');
  }
});
