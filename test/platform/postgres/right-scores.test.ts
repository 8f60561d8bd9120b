import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrations } from '../../../migrations/index.ts';
import { defaultHealthModel } from '../../../src/features/health/default-health-model.ts';
import { digestOfModel, healthModelParameters } from '../../../src/features/health/health-model.ts';
import { replay, scoreAt } from '../../../src/features/scoring/intent-score.ts';
import { defaultScoringModelParameters, scoringModelParameters } from '../../../src/features/scoring/scoring-model.ts';
import { scoringModelBefore } from '../../../migrations/0020-models.ts';
import { migrate } from '../../../src/platform/postgres/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';

let database: TestDatabase;
let admin: Client;
beforeAll(async () => {
  database = await createTestDatabase('empty');
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

const then = '2026-11-01T00:00:00.000Z';
const rows = async (text: string, values: unknown[] = []): Promise<Record<string, never>[]> => (await admin.query(text, values)).rows;

test('a database of before gets the new rules as new versions; what was there keeps its own', async () => {
  await migrate({ adminUrl: database.adminUrl, appUrl: database.url, migrations: migrations.filter(({ name }) => name < '0020') });
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const [plain, own] = [randomUUID(), randomUUID()];
  const before = { ...(JSON.parse(scoringModelBefore) as object), highIntentThreshold: 60 };
  const ownModel = { ...before, signalTypes: [{ type: 'meeting', weight: 30, halfLifeHours: 24 }], icp: { industries: ['Software'], minEmployees: 100, regions: [], mismatchFactor: 0.5 } };
  const { trendHorizonDays: _days, minCoverage: _least, ...oldHealth } = defaultHealthModel;
  const ownHealth = { ...oldHealth, kpis: oldHealth.kpis.slice(0, 3) };
  for (const [tenant, model] of [[plain, before], [own, ownModel]] as const) {
    await rows('insert into tenant (id, slug, name, created_at) values ($1::uuid, $1::text, $1::text, $2)', [tenant, then]);
    await rows('insert into scoring_model (tenant_id, version, parameters, published_at, published_by) values ($1, 1, $2, $3, $4)', [tenant, JSON.stringify(model), then, 'test']);
  }
  await rows('insert into health_model (tenant_id, version, parameters, digest, published_at, published_by) values ($1, 1, $2, $3, $4, $5)', [own, JSON.stringify(ownHealth), 'd', then, 'test']);
  const account = randomUUID();
  await rows(`insert into account (tenant_id, id, name, status, occurred_at, recorded_at) values ($1, $2, 'Acme', 'ACTIVE', $3, $3)`, [own, account, then]);
  const traits = randomUUID();
  await rows('insert into score_traits (tenant_id, id, account_id, industry, employee_count, recorded_at) values ($1, $2, $3, $4, null, $5)', [own, traits, account, 'Software', then]);
  const state = { meeting: { raw: 30, at: Date.parse(then) } };
  await rows(`insert into account_contexts (tenant_id, account_id, intent_score, model_version, icp_fit, state, scored_at, above_threshold, traits_id) values ($1, $2, 45, 1, 1, $3, $4, false, $5)`, [own, account, state, then, traits]);
  await rows(`insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, cause, model_version, icp_fit, state) values ($1, $2, $3, $4, $4, 45, 'SIGNAL', 1, 1, $5)`, [own, randomUUID(), account, then, state]);

  const ran = await migrate({ adminUrl: database.adminUrl, appUrl: database.url, migrations });
  expect(ran[0]).toMatch(/^00[12]\d-/);
  expect(ran).toContain('0020-right-scores');

  // The model a tenant began with is replaced, with its threshold; a published one is not, and keeps its rules.
  const models = await rows('select tenant_id, version, parameters, published_by from scoring_model order by tenant_id = $1, version', [own]);
  expect(models.map(({ version, published_by: by }) => [version, by])).toEqual([[1, 'test'], [2, 'migration'], [1, 'test']]);
  // The types of changes of stage came later: a model of before counts them by its stage_change.
  const defaults = defaultScoringModelParameters(60);
  expect(models[1]?.['parameters']).toEqual({ ...defaults, signalTypes: defaults.signalTypes.filter(({ type }) => !['stage_advanced', 'opportunity_created', 'stage_regressed'].includes(type)) });
  const kept = { ...scoringModelParameters.parse(models[2]?.['parameters']), version: 1 };
  expect([kept.signalTypes[0]?.cap, kept.icp.unknownMismatchShare]).toEqual([null, 0]);
  const [signal] = [{ type: 'meeting', occurredAt: Date.parse(then), recordedAt: Date.parse(then) }];
  const [score] = await rows('select p.state, c.fit_coverage from account_contexts c join score_point p on p.id = c.point_id');
  expect(scoreAt(score?.['state'] ?? {}, kept, 1, Date.parse(then))).toBe(scoreAt(replay([signal], kept), kept, 1, Date.parse(then)));
  // One of two criteria is known.
  expect([score?.['fit_coverage'], (await rows('select fit_coverage from score_point'))[0]?.['fit_coverage']]).toEqual([0.5, 0.5]);

  const health = await rows('select tenant_id, version, parameters, digest, published_at from health_model order by tenant_id = $1, version', [own]);
  expect(health.map(({ version }) => version)).toEqual([0, 1, 1, 2]);
  const [former, next, , ownNext] = health.map(({ parameters, digest }) => ({ parsed: healthModelParameters.parse(parameters), digest: String(digest) }));
  expect([former?.parsed.trendHorizonDays, former?.parsed.minCoverage, former?.digest]).toEqual([null, 0, '8df9ede8c5a46e377bd687b274a875975dad87572f86f56269c5e76d578bb802']);
  expect([next?.parsed, next?.digest]).toEqual([defaultHealthModel, digestOfModel(defaultHealthModel)]);
  expect([ownNext?.parsed.kpis.length, ownNext?.parsed.trendHorizonDays, ownNext?.digest]).toEqual([3, 62, digestOfModel({ ...healthModelParameters.parse(ownHealth), trendHorizonDays: 62, minCoverage: 0.4 })]);
  expect((await rows('select version from health_model_as_of($2) where tenant_id = $1', [plain, then])).map(({ version }) => version)).toEqual([0]);
  // What follows from new models is computed by jobs.
  const jobs = await rows('select key from graphile_worker.jobs order by key');
  expect(jobs.map(({ key }) => String(key)).toSorted()).toEqual([`derive-contexts:${own}`, `derive-contexts:${plain}`, `reassess-tenant:${own}`, `reassess-tenant:${plain}`, `rescore-tenant:${plain}`].toSorted());
});
