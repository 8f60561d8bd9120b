import { expect, test } from 'vitest';
import { databaseBefore } from '../harness/database-before.ts';

test('scores known before lineage was kept derive from the traits of then, where the model asked for any', async () => {
  const { admin, update } = await databaseBefore('lineage');

  const [tenant, account] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];
  const points = [3, 4, 5, 6].map((n) => `00000000-0000-7000-8000-00000000000${n}`);
  const at = (minute: number): string => `2026-11-01T00:0${minute}:00.000Z`;
  const as = (minute: number): Promise<unknown> => admin.query(`select set_config('app.now', $1, false)`, [at(minute)]);
  await admin.query(`insert into tenant values ($1, 'one', 'One', $2)`, [tenant, at(0)]);
  const asking = { signalTypes: [], icp: { industries: ['Software'], minEmployees: null, regions: [] } };
  const notAsking = { signalTypes: [], icp: { industries: [], minEmployees: null, regions: [] } };
  for (const [version, parameters] of [[1, asking], [2, notAsking]] as const) await admin.query(`insert into scoring_model values ($1, $2, $3, $4, 'test')`, [tenant, version, parameters, at(0)]);
  await as(1);
  await admin.query(`insert into account (tenant_id, id, name, industry, occurred_at, recorded_at) values ($1, $2, 'Acme', 'Software', $3, $3)`, [tenant, account, at(1)]);
  await as(4);
  await admin.query(`update account set industry = 'Farming' where id = $1`, [account]);
  const point = `insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, cause, model_version, icp_fit, state) values ($1, $2, $3, $4, $4, 1, $5, $6, $7, '{}')`;
  for (const [place, minute, cause, version, fit] of [[0, 2, 'SIGNAL', 1, 1], [1, 3, 'SIGNAL', 1, 1], [2, 5, 'ACCOUNT', 1, 0.5], [3, 6, 'MODEL', 2, 1]] as const) await admin.query(point, [tenant, points[place], account, at(minute), cause, version, fit]);
  await admin.query(`insert into account_contexts (tenant_id, account_id, intent_score, model_version, icp_fit, state, scored_at, above_threshold) values ($1, $2, 1, 2, 1, '{}', $3, false)`, [tenant, account, at(6)]);

  await update();
  const { rows } = await admin.query(`select p.id as point, p.model_version::text as version, t.industry, t.account_id as account from score_point p join score_traits t on t.id = p.traits_id order by p.id`);
  // The second has the fit of the first; the last one's model asks for nothing.
  expect(rows).toEqual([{ point: points[0], version: '1', industry: 'Software', account }, { point: points[2], version: '1', industry: 'Farming', account }]);
  expect((await admin.query('select point_id, traits_id from account_contexts')).rows).toEqual([{ point_id: points[3], traits_id: null }]);
});
