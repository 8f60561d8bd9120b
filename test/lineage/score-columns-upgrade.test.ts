import { expect, test } from 'vitest';
import { databaseBefore } from '../harness/database-before.ts';

const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const at = (minute: number): string => `2026-11-01T00:0${minute}:00.000Z`;
const [tenant, account, other] = [id(1), id(2), id(3)];
const [first, second, third] = [id(11), id(12), id(13)];
const [a, b, c, d] = [id(21), id(22), id(23), id(24)];

test('edges of scores become columns, those that columns cannot say stay rows, and every score has a change that holds its state', async () => {
  const { admin, update } = await databaseBefore('score-columns');
  await admin.query('set session_replication_role = replica');
  await admin.query(`insert into tenant values ($1, 'one', 'One', $2)`, [tenant, at(0)]);
  for (const own of [account, other]) await admin.query(`insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at, sys_from) values ($1, $2, 'Account', $2, $3, $3)`, [tenant, own, at(0)]);
  const point = `insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, cause, signal_id, model_version, icp_fit, state) values ($1, $2, $3, $4, $4, 1, $5, $6, $7, 1, '{"meeting": [[1, "5"]]}')`;
  for (const [own, of, minute, cause, signal, version] of [[first, account, 1, 'SIGNAL', b, 1], [second, account, 2, 'SIGNAL', c, 1], [third, account, 3, 'MODEL', null, 2]] as const) await admin.query(point, [tenant, own, of, at(minute), cause, signal, version]);
  const context = `insert into account_contexts (tenant_id, account_id, intent_score, model_version, icp_fit, state, scored_at, above_threshold, point_id) values ($1, $2, 1, 2, 1, '{"meeting": [[1, "5"]]}', $3, false, $4)`;
  await admin.query(context, [tenant, account, at(3), third]);
  await admin.query(context, [tenant, other, at(3), null]);
  const edge = `insert into lineage_edge (tenant_id, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, recorded_at, removed_at) values ($1, $2, $3, $4, $5, $6, 'intent-score', $7, $8, $9)`;
  const edges: readonly (readonly [toType: string, to: string, fromType: string, from: string, relation: string, version: string, minute: number, removed?: number])[] = [
    ['ScorePoint', first, 'Signal', a, 'COUNTED', '1', 1], ['ScorePoint', first, 'Signal', b, 'COUNTED', '1', 1],
    ['ScorePoint', second, 'ScorePoint', first, 'CONTINUED', '1', 2], ['ScorePoint', second, 'Signal', c, 'COUNTED', '1', 2],
    ['ScorePoint', third, 'ScorePoint', second, 'REPLACED', '2', 3], ['ScorePoint', third, 'Signal', a, 'COUNTED', '2', 3], ['ScorePoint', third, 'Signal', c, 'COUNTED', '2', 3],
    // Ended, which no change of a score can say.
    ['ScorePoint', third, 'Signal', d, 'COUNTED', '2', 3, 4],
    ['Account', account, 'ScorePoint', first, 'STANDS_AT', '1', 1, 2], ['Account', account, 'ScorePoint', second, 'STANDS_AT', '1', 2, 3], ['Account', account, 'ScorePoint', third, 'STANDS_AT', '2', 3],
  ];
  for (const [toType, to, fromType, from, relation, version, minute, removed] of edges) await admin.query(edge, [tenant, toType, to, fromType, from, relation, version, at(minute), removed === undefined ? null : at(removed)]);

  await update();
  const { rows } = await admin.query('select id, before_id as before, anew, counts_all as all, counted, signal_id as signal from score_point where account_id = $1 order by recorded_at', [account]);
  expect(rows).toEqual([
    { id: first, before: null, anew: true, all: false, counted: [a, b], signal: b },
    { id: second, before: first, anew: false, all: false, counted: null, signal: c },
    { id: third, before: second, anew: true, all: false, counted: [a, c], signal: null },
  ]);
  expect((await admin.query('select from_id from lineage_edge')).rows).toEqual([{ from_id: d }]);
  const counted = async (signal: string): Promise<string[]> => (await admin.query<{ id: string }>('select points_that_counted($1, $2, 10) as id', [tenant, signal])).rows.map((row) => row.id);
  for (const [signal, of] of [[a, account], [c, account]]) await admin.query(`insert into signal (tenant_id, id, account_id, type, source, dedupe_key, occurred_at, recorded_at, payload, request_id) values ($1, $2, $3, 'meeting', 'test', $5, $4, $4, '{}', 'test')`, [tenant, signal, of, at(0), signal]);
  expect((await counted(a)).toSorted()).toEqual([first, third]);
  expect((await counted(c)).toSorted()).toEqual([second, third]);
  const [said] = (await admin.query('select p.id, p.state, p.cause from account_contexts c join score_point p on p.id = c.point_id where c.account_id = $1', [other])).rows;
  expect(said).toMatchObject({ state: { meeting: [[1, '5']] }, cause: 'SIGNAL' });
});
