import { expect, test } from 'vitest';
import { originClasses, textOfDocument, textOfField, textOfRecord } from '../../src/features/trust/index.ts';
import { databaseBefore } from '../harness/database-before.ts';

let made = 0;
const id = (): string => `00000000-0000-7000-8000-${String((made += 1)).padStart(12, '0')}`;
const at = (minute: number): string => `2026-11-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
const rank = (origin: string | null): number => (origin === null ? 6 : originClasses.indexOf(origin as (typeof originClasses)[number]));

test('rows of before have the class of who delivered them, lowered by the same table, and scores that of their signals', async () => {
  const { admin, update } = await databaseBefore('trust');
  await admin.query('set session_replication_role = replica');
  const [tenant, account] = [id(), id()];
  await admin.query(`insert into tenant values ($1, 'one', 'One', $2)`, [tenant, at(0)]);
  await admin.query(`insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at, sys_from) values ($1, $2, 'Account', $2, $3, $3)`, [tenant, account, at(0)]);
  const expected = new Map<string, number>();
  let sequence = 0;
  const log = async (kind: string, actor: string, data: object): Promise<void> =>
    void (await admin.query(`insert into audit_logs (tenant_id, sequence, id, kind, actor_kind, actor_id, request_id, occurred_at, recorded_at, data, previous_hash, hash) values ($1, $2, $3, $4, $5, 'x', 'test', $6, $6, $7, '\\x', '\\x')`, [tenant, (sequence += 1), id(), kind, actor, at(1), JSON.stringify(data)]));
  const statements = [['Account', {}], ['Contact', {}], ['Kpi', {}], ['Ticket', {}], ['Thread', {}], ['SeMention', {}], ['ManagerFlag', {}], ['WeeklySummary', {}], ['PlaybookReport', {}], ['Note', { noteType: 'CALL' }], ['Note', { noteType: 'EMAIL' }], ['Note', { content: 'x' }], ['Activity', { type: 'Call' }], ['Activity', { type: 'E-Mail' }], ['Activity', {}]] as const;
  for (const [type, fields] of statements) {
    for (const by of ['user:ada', 'machine:key', 'upgrade']) {
      const own = id();
      await admin.query(`insert into source_statement (tenant_id, id, node_type, node_id, source, mode, occurred_at, timed, recorded_at, fields, stated_by, is_current) values ($1, $2, $3, $4, 'crm', 'PATCH', $5, true, $5, $6, $7, true)`, [tenant, own, type, id(), at(1), JSON.stringify(fields), by]);
      expected.set(own, Math.min(by.startsWith('user') ? 5 : 6, rank(textOfRecord(type, fields))));
    }
  }
  const signals: string[] = [];
  for (const actor of ['machine', 'user', 'machine']) {
    const own = id();
    signals.push(own);
    await admin.query(`insert into signal (tenant_id, id, account_id, type, source, dedupe_key, occurred_at, recorded_at, payload, request_id) values ($1, $2, $3, 'meeting', 'test', $4, $5, $5, '{}', 'test')`, [tenant, own, account, own, at(1)]);
    await log('signal.ingested', actor, { signalId: own, accountId: account });
    expected.set(own, actor === 'user' ? 5 : 6);
  }
  for (const source of ['USER', 'TOOL', 'LLM', 'SESSION', 'CRM']) {
    for (const actor of ['user', 'machine']) {
      const own = id();
      await admin.query(`insert into profile_field (tenant_id, id, account_id, name, series_id, version, is_current, status, value_type, subject_id, source, confidence, validation_state, occurred_at, recorded_at, sys_from) values ($1, $2, $3, $6, $2, 1, true, 'ACTIVE', 'TEXT', $2, $4, 1, 'VALID', $5, $5, $5)`, [tenant, own, account, source, at(1), `seats_${made}`]);
      await log('profile_field.updated', actor, { accountId: account, profileFieldIds: [own] });
      expected.set(own, Math.min(actor === 'user' ? 5 : 6, rank(textOfField(source))));
    }
  }
  for (const kind of ['document', 'meeting_notes', 'article', 'e_mail']) {
    const own = id();
    await admin.query(`insert into profile_asset (tenant_id, id, account_id, kind, subject_id, occurred_at, recorded_at, sys_from) values ($1, $2, $3, $4, $2, $5, $5, $5)`, [tenant, own, account, kind, at(1)]);
    await log('profile_asset.saved', 'machine', { accountId: account, profileAssetId: own });
    expected.set(own, rank(textOfDocument(kind)));
  }
  // Three changes in a chain; the second counts the person's signal. Another chain had ended before.
  const [ended, first, second, third] = [id(), id(), id(), id()];
  for (const [own, before, signal, minute] of [[ended, null, signals[1], 1], [first, null, signals[0], 2], [second, first, signals[1], 3], [third, second, signals[2], 4]] as const) {
    await admin.query(`insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, cause, signal_id, model_version, icp_fit, sums, before_id) values ($1, $2, $3, $4, $4, 1, 'SIGNAL', $5, 1, 1, '\\x', $6)`, [tenant, own, account, at(minute), signal, before]);
  }
  await admin.query(`insert into account_contexts (tenant_id, account_id, intent_score, model_version, icp_fit, scored_at, above_threshold, point_id) values ($1, $2, 1, 1, 1, $3, false, $4)`, [tenant, account, at(4), third]);
  await admin.query('reset session_replication_role');

  await update();
  const stored = new Map<string, number>();
  for (const table of ['source_statement', 'signal', 'profile_field', 'profile_asset']) for (const row of (await admin.query<{ id: string; origin: number }>(`select id, origin from ${table}`)).rows) stored.set(row.id, row.origin);
  expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(expected));
  const { rows } = await admin.query('select point_id as point, origin, signal_id as signal from score_trust order by recorded_at');
  expect(rows).toEqual([{ point: ended, origin: 5, signal: signals[1] }, { point: first, origin: 6, signal: signals[0] }, { point: second, origin: 5, signal: signals[1] }]);
  expect((await admin.query('select lowest_origin as origin from account_contexts')).rows).toEqual([{ origin: 5 }]);
  // What comes without a class is trusted least.
  expect((await admin.query(`select column_default as given from information_schema.columns where table_name = 'signal' and column_name = 'origin'`)).rows).toEqual([{ given: '0' }]);
  expect((await admin.query('select trust_floor from outreach_policy')).rows).toEqual([]);
});
