import { expect } from 'vitest';
import type { z } from 'zod';
import { icpFit, replay, scoreAt, type ScoreState } from '../../src/features/scoring/intent-score.ts';
import { publishScoringModel, rescoreNext } from '../../src/features/scoring/index.ts';
import { modelInForce } from '../../src/features/scoring/scoring-model.queries.ts';
import { defaultScoringModelParameters, type ScoringModel, type scoringModelParameters } from '../../src/features/scoring/scoring-model.ts';
import { readState, type StateColumns } from '../../src/features/scoring/state-bytes.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Arranged } from '../accounts/arrange.ts';

/** Parameters of a model as they are published. */
export type GivenModel = z.input<typeof scoringModelParameters>;

/** A stored score. */
export interface Stored {
  readonly intent_score: number;
  readonly model_version: number;
  readonly icp_fit: number;
  readonly state: ScoreState;
  readonly above_threshold: boolean;
  readonly next_crossing_at: Date | null;
}
/** A stored change of a score. */
export interface PointRow {
  readonly id: string;
  readonly value: number;
  readonly scored: boolean;
  readonly previous: number | null;
  readonly crossed: string | null;
  readonly cause: string;
  readonly occurred_at: Date;
  readonly model_version: number;
}
/** An account's intent as the graph returns it. */
export interface Intent {
  readonly __typename: string;
  readonly value: number;
  readonly band: string;
  readonly trend: string;
  readonly modelVersion: number;
  readonly icpFit: number;
  readonly fitCoverage: number | null;
  readonly computedAt: string;
  readonly nextThresholdCrossing: { at: string; direction: string } | null;
  readonly contributions: readonly { points: number; weight: number; decayFactor: number; signal: { id: string } }[];
  readonly history: { readonly totalCount: number; readonly edges: readonly { readonly node: { value: number; previous: number | null; cause: string; crossed: string | null; occurredAt: string; causedBy: { id: string } | null } }[] };
}

/** What tests of stored scores do with the program, which need not run yet. */
export function scoringTools(program: () => Arranged) {
  const caller = () => ({ tenantId: program().tenant, actor: { kind: 'system', id: 'test' } as const, requestId: 'test' });
  const uuidOf = (globalId: string): string => parseGlobalId(globalId)?.id ?? '';
  const now = (): number => program().clock.now().getTime();
  const ago = (milliseconds: number): string => new Date(now() - milliseconds).toISOString();
  const stored = async (id: string): Promise<Stored | undefined> => {
    const [row] = (await program().rows('select c.*, p.state, p.sums from account_contexts c join score_point p on p.id = c.point_id where c.account_id = $1', [uuidOf(id)])) as unknown as (Stored & StateColumns)[];
    return row && { ...row, state: readState(row) as ScoreState };
  };
  const points = async (id: string): Promise<PointRow[]> => (await program().rows('select * from score_point where account_id = $1 order by recorded_at, id', [uuidOf(id)])) as unknown as PointRow[];
  const model = (): Promise<ScoringModel> => program().database.transact(caller(), (work) => modelInForce(work, work.tenantId));
  const publish = (change: Partial<GivenModel> = {}): Promise<number> => program().database.transact(caller(), (work) => publishScoringModel(work, { ...defaultScoringModelParameters(75), ...change }));
  let events = 0;
  const tell = async (id: string, type: string, more: Record<string, unknown> = {}): Promise<void> => {
    events += 1;
    await program().ingest([{ account: { id }, type, source: 'test', sourceEventId: `event-${events}`, ...more }]);
    await program().settled();
  };
  async function rescoreAll(): Promise<void> {
    for (let after: Id<'Account'> | null = null; ; ) {
      const from: Id<'Account'> | null = after;
      after = await program().database.transact(caller(), (work) => rescoreNext(work, from));
      if (after === null) return;
    }
  }
  /** The score computed from nothing but the stored signals. */
  async function truth(id: string): Promise<{ state: ScoreState; value: number }> {
    const inForce = await model();
    const [account] = await program().rows('select industry, region, employee_count as "employeeCount" from account where id = $1', [uuidOf(id)]);
    const rows = (await program().rows('select type, occurred_at, recorded_at from signal where account_id = $1 order by recorded_at, id', [uuidOf(id)])) as unknown as { type: string; occurred_at: Date; recorded_at: Date }[];
    const state = replay(rows.map((row) => ({ type: row.type, occurredAt: row.occurred_at.getTime(), recordedAt: row.recorded_at.getTime() })), inForce);
    return { state, value: scoreAt(state, inForce, icpFit(account as never, inForce), now()) };
  }
  async function intentOf(id: string, asOf: string | null = null): Promise<Intent> {
    const { account } = await program().see<{ account: { intent: Intent } }>(
      `query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { intent { __typename ... on IntentScore { value band trend modelVersion icpFit fitCoverage computedAt nextThresholdCrossing { at direction }
         contributions(first: 100) { points weight decayFactor signal { id } } history(first: 100) { totalCount edges { node { value previous cause crossed occurredAt causedBy { id } } } } } } } }`,
      { id, asOf },
    );
    return account.intent;
  }
  async function expectTruth(id: string): Promise<void> {
    const [row, { state, value }] = [await stored(id), await truth(id)];
    const intent = await intentOf(id);
    expect(row?.state).toEqual(state);
    expect(intent.value).toBe(value);
    expect(intent.contributions.reduce((sum, { points: each }) => sum + each, 0)).toBeCloseTo(intent.value, 9);
  }
  return { caller, uuidOf, now, ago, stored, points, model, publish, tell, rescoreAll, truth, intentOf, expectTruth };
}
