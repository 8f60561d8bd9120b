import { expect, test } from 'vitest';
import { databaseBefore } from '../harness/database-before.ts';

test('accounts that were high and not proposed before the update are considered again at once; policies get the defaults', async () => {
  const { admin, update } = await databaseBefore('considerations');
  const id = (n: number): string => `00000000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`;
  const [tenant, at] = [id(1), '2026-11-01T00:00:00.000Z'];
  await admin.query(`insert into tenant values ($1, 'one', 'One', $2)`, [tenant, at]);
  await admin.query(`insert into outreach_policy (tenant_id, version, do_not_say, published_at, published_by) values ($1, 1, '{cheap}', $2, 'ann')`, [tenant, at]);
  // Skipped for want of consent, rejected, skipped and no longer high.
  await admin.query('set session_replication_role = replica');
  for (const [n, reason, above] of [[10, 'NO_CONSENT', true], [20, 'INTENT_BECAME_HIGH', true], [30, 'NO_CONTACT', false], [40, 'LIMIT_REACHED', true]] as const) {
    await admin.query(`insert into account (tenant_id, id, name, occurred_at, recorded_at, sys_from) values ($1, $2, 'Account', $3, $3, $3)`, [tenant, id(n), at]);
    await admin.query(
      `insert into account_contexts (tenant_id, account_id, intent_score, model_version, icp_fit, state, scored_at, above_threshold, point_id) values ($1, $2, 80, 1, 1, '{}', $3, $4, $5)`, [tenant, id(n), at, above, id(n + 1)]);
    await admin.query(
      `insert into action_decision (tenant_id, id, account_id, score_point_id, outcome, reason, policy_version, inputs, actor_kind, actor_id, request_id, decided_at) values ($1, $2, $3, $4, 'SKIPPED', $5, 1, '{}', 'system', 'orchestration', 'r', $6)`,
      [tenant, id(n + 2), id(n), id(n + 1), reason, at]);
  }
  await admin.query('reset session_replication_role');
  await update();
  const { rows } = await admin.query('select account_id as account, reason, score_point_id as point, retry_at <= now() as due, woken_at as woken from consideration order by account_id');
  expect(rows).toEqual([[10, 'NO_CONSENT'], [20, 'COOL_DOWN'], [40, 'DAILY_LIMIT']].map(([n, reason]) => ({ account: id(Number(n)), reason, point: id(Number(n) + 1), due: true, woken: null })));
  expect((await admin.query('select blocked_statuses as statuses, cool_down_hours as hours, hours_between_emails as between, id is not null as "hasId" from outreach_policy')).rows).toEqual([{ statuses: ['CHURN', 'INACTIVE'], hours: 72, between: 168, hasId: true }]);
});
