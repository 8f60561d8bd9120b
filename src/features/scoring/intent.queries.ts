import { OrderDirection } from '../../platform/graphql/connection.ts';
import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { childList } from '../../platform/page/child-list.ts';
import { Moment, momentOf } from '../../platform/moment.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { accountById } from '../accounts/index.ts';
import { bandOf, contribution, scoreAt, scorePartsAt, type StoredState } from './intent-score.ts';
import { nextCrossing } from './score-crossings.ts';
import type { ContributionRow, IntentRow, ScorePointRow } from './intent.type.ts';
import { replayedScores } from './replayed-scores.ts';
import { lastInstant } from './score-accounts.ts';
import { modelsForReading, type PublishedModel } from './scoring-model.queries.ts';
import { readSums, type StateColumns } from './state-bytes.ts';
import { strongestAmongEarly, strongestSignals, type StrongSignal } from './strongest-signals.ts';

/** A score as it is stored. */
export interface StoredScore {
  readonly accountId: string;
  readonly state: StoredState;
  readonly fit: number;
  readonly coverage: number | null;
  readonly modelVersion: number;
}

/** A score as a row holds it. */
export type ScoreOfRow = Omit<StoredScore, 'state'> & StateColumns;

const presentScores = statement<ScoreOfRow>(
  'scores_of_accounts',
  `select c.account_id as "accountId", p.state, p.sums, c.icp_fit as fit, c.fit_coverage as coverage, c.model_version as "modelVersion"
   from account_contexts c join score_point p on p.tenant_id = c.tenant_id and p.id = c.point_id where c.tenant_id = $1 and c.account_id = any($2::uuid[])`,
);
const pastScores = statement<ScoreOfRow>(
  'scores_of_accounts_as_of',
  `select p.account_id as "accountId", p.state, p.sums, p.icp_fit as fit, p.fit_coverage as coverage, p.model_version as "modelVersion"
   from unnest($2::uuid[]) as asked(id) cross join lateral (
     select account_id, scored, state, sums, icp_fit, fit_coverage, model_version from score_point
     where tenant_id = $1 and account_id = asked.id and recorded_at <= $3
     order by recorded_at desc, id desc limit 1) p where p.scored`,
);

/** Scores by account, for the present or as they stood at an instant; missing where there was none. */
async function storedScores(call: Call, accountIds: readonly string[], asOf: AsOf): Promise<Map<string, StoredScore>> {
  const rows = await (asOf === null ? call.read.rows(presentScores, [call.tenantId, accountIds]) : call.read.rows(pastScores, [call.tenantId, accountIds, asOf.at]));
  const models = await modelsForReading(call, rows.map(({ modelVersion }) => modelVersion));
  return new Map(rows.map((row) => [row.accountId, { ...row, state: readSums(row, modelOf(models, row)) }]));
}

function modelOf(models: ReadonlyMap<number, PublishedModel>, { modelVersion }: Pick<StoredScore, 'modelVersion'>): PublishedModel {
  const model = models.get(modelVersion);
  if (!model) throw new Error(`there is no scoring model of version ${modelVersion}`);
  return model;
}

/** The intent score of an account at the instant read for; null when never scored. */
export const intentOfAccount: Question<string, IntentRow | null> = {
  name: 'scores_of_accounts',
  async load(call, accountIds, asOf) {
    const stored = asOf !== null && asOf.validAt !== null ? await replayedScores(call, accountIds, asOf) : await storedScores(call, accountIds, asOf);
    const at = asOf === null ? call.clock.now().getTime() : Date.parse(asOf.at);
    const computedAt = new Date(at).toISOString();
    const models = await modelsForReading(call, [...stored.values()].map(({ modelVersion }) => modelVersion));
    return accountIds.map((accountId) => {
      const row = stored.get(accountId);
      if (!row) return null;
      const model = modelOf(models, row);
      const parts = scorePartsAt(row.state, model, row.fit, at);
      const value = parts.score;
      const score = {
        uuid: accountId,
        value,
        band: bandOf(value, model),
        computedAt,
        modelVersion: row.modelVersion,
        icpFit: row.fit,
        fitCoverage: row.coverage,
        // Found by trying instants: only for who selects it.
        get nextThresholdCrossing() {
          const crossing = nextCrossing(row.state, model, row.fit, at);
          return crossing === null || crossing.at > lastInstant ? null : { at: new Date(crossing.at).toISOString(), direction: crossing.direction };
        },
        accountId,
        state: row.state,
        model,
        at,
        parts,
      };
      return asNode('IntentScore', score, asOf);
    });
  },
};

/** The intent score of its own id, which has the account's key; null where the tenant has no such account, and for one never scored. */
export async function intentById(call: Call, uuid: string, asOf: AsOf): Promise<IntentRow | null> {
  const account = await ask(call, accountById, asOf, uuid);
  return account ? ask(call, intentOfAccount, asOf, account.uuid) : null;
}

/** An account's score at an earlier instant, by what was known at the moment read for; 0 when it had none. */
export const scoreBefore: Question<{ accountId: string; at: string }, number> = {
  name: 'scores_before',
  identity: ({ accountId, at }) => `${accountId}${at}`,
  async load(call, keys, asOf) {
    if (asOf !== null && asOf.validAt !== null) {
      return Promise.all(keys.map(async ({ accountId, at }) => (await ask(call, intentOfAccount, new Moment(asOf.knownAt, at), accountId))?.value ?? 0));
    }
    const answers = new Map<string, Map<string, StoredScore>>();
    const groups = [...Map.groupBy(keys, (key) => key.at)];
    for (const [at, own] of groups) answers.set(at, await storedScores(call, own.map((key) => key.accountId), momentOf(at)));
    const models = await modelsForReading(call, [...answers.values()].flatMap((scores) => [...scores.values()].map(({ modelVersion }) => modelVersion)));
    return keys.map(({ accountId, at }) => {
      const row = answers.get(at)?.get(accountId);
      return row ? scoreAt(row.state, modelOf(models, row), row.fit, Date.parse(at)) : 0;
    });
  },
};

/** What the newest signal of a type could contribute at most, as a logarithm, by types of an account that have signals. */
function kindsOf({ accountId, model, parts }: IntentRow): { readonly accountId: string; readonly type: string; readonly strength: number; readonly halfLife: number }[] {
  return model.signalTypes.flatMap(({ type, weight, halfLifeHours }) => {
    const found = parts.types.get(type);
    if (!found || weight === 0) return [];
    // Negative signals contribute nothing where there is nothing to take off; they come last, but they are shown.
    const strength = Math.log(Math.abs(weight)) + Math.log(Math.max(found.pointsPerUnit, Number.MIN_VALUE));
    return [{ accountId, type, strength, halfLife: halfLifeHours * 3_600 }];
  });
}

/** The strongest signals by account, of scores of one instant. */
async function readStrongest(call: Call, intents: readonly IntentRow[], first: number): Promise<Map<string, StrongSignal[]>> {
  const read = async (asked: typeof strongestSignals, own: readonly IntentRow[]): Promise<Map<string, StrongSignal[]>> => {
    const [one] = own;
    if (!one) return new Map();
    const kinds = own.flatMap(kindsOf);
    const { computedAt, asOf } = one;
    const rows = await call.read.rows(asked(asOf), asked.values([
      call.tenantId,
      own.map(({ accountId }) => accountId),
      kinds.map(({ accountId }) => accountId),
      kinds.map(({ type }) => type),
      kinds.map(({ strength }) => strength),
      kinds.map(({ halfLife }) => halfLife),
      computedAt,
      first,
    ], asOf));
    return Map.groupBy(rows, ({ accountId }) => accountId);
  };
  const found = await read(strongestSignals, intents);
  const unsure = await read(strongestAmongEarly, intents.filter(({ accountId }) => found.get(accountId)?.[0]?.isUnsure));
  return new Map([...found, ...unsure]);
}

/** The signals that contribute most to a score, up or down, the strongest first. */
export const contributionsOf: Question<{ intent: IntentRow; first: number }, readonly ContributionRow[]> = {
  name: 'strongest_signals',
  identity: ({ intent, first }) => `${intent.accountId}:${intent.modelVersion}:${intent.at}:${intent.asOf?.key ?? ''}:${first}`,
  async load(call, keys) {
    const answers = new Map<unknown, ContributionRow[]>();
    // Accounts of one page share instant and length; where they do not, each pair is one statement.
    for (const own of Map.groupBy(keys, ({ intent, first }) => `${intent.at}:${intent.asOf?.key ?? ''}:${first}`).values()) {
      const [{ intent: { asOf }, first }] = own as [(typeof own)[number]];
      const found = await readStrongest(call, own.map(({ intent }) => intent), first);
      for (const key of own) {
        const { intent } = key;
        answers.set(key, (found.get(intent.accountId) ?? []).map((signal) => {
          const scored = { type: signal.type, occurredAt: Date.parse(signal.occurredAt), recordedAt: Date.parse(signal.recordedAt) };
          return { ...contribution(scored, intent.model, intent.at, intent.parts), signal, asOf };
        }));
      }
    }
    return keys.map((key) => answers.get(key) ?? []);
  },
};

const pointColumns = `t.id as uuid, t.account_id as "accountId", t.occurred_at as "occurredAt", t.recorded_at as "recordedAt", t.scored, t.value, t.previous, t.crossed, t.cause,
  t.signal_id as "signalId", t.model_version as "modelVersion"`;
const toPoint = (row: ScorePointRow, _call: Call, asOf: AsOf): ScorePointRow => asNode('ScorePoint', row, asOf);

/** The changes of an account's score, the latest first. */
export const scoreHistory = childList<ScorePointRow, { recordedFrom?: string | null; recordedBefore?: string | null }>(
  {
    name: 'score_points',
    table: 'score_point',
    columns: pointColumns,
    orders: { RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' } },
    filters: {
      recordedFrom: (value, bind) => `t.recorded_at >= ${bind(value, 'timestamptz')}`,
      recordedBefore: (value, bind) => `t.recorded_at < ${bind(value, 'timestamptz')}`,
    },
    defaultOrder: { field: 'RECORDED_AT', direction: OrderDirection.DESC },
  },
  'account_id',
  toPoint,
);

const pointsById = statement<ScorePointRow>('score_points_by_id', `select ${pointColumns} from score_point t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The point of an id; null where the tenant has none. */
export const scorePointById: Question<string, ScorePointRow | null> = {
  name: 'score_points_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(pointsById, [call.tenantId, ids])).map((row) => [row.uuid, toPoint(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};
