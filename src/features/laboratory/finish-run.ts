import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { modelsByVersion } from '../scoring/index.ts';
import type { AccountMeasures } from './measure-account.ts';
import type { FinishedRun, ReplayedRun } from './replay-signatures.ts';
import { RunFigures, type AddedFigures, type ModelFigures } from './run-metrics.ts';

/** The figures of a finished run, as they are stored. */
export interface RunMetrics extends AddedFigures {
  /** Of the candidate. */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly meanLeadTimeHours: number | null;
  /** Accounts that the candidate flags in the window and production does not. */
  readonly crossingsGained: number;
  /** Accounts that production flags in the window and the candidate does not. */
  readonly crossingsLost: number;
  readonly wouldPropose: { readonly candidate: number; readonly production: number; readonly recency: number };
  /** Changes of the production score up to the end of the window that were computed again, and those that came out the same, bit for bit. */
  readonly scoresCompared: number;
  readonly scoresEqual: number;
  readonly seed: string;
  readonly resamples: number;
}

const rowsAtOnce = 2_000;
interface StoredAccount {
  readonly id: string;
  readonly digest: Buffer;
  readonly measures: AccountMeasures | null;
  readonly compared: number;
  readonly equal: number;
  readonly gained: boolean;
  readonly lost: boolean;
}
const nextRows = statement<StoredAccount>(
  'lab_rows_of_run',
  `select account_id as id, digest, measures, scores_compared as compared, scores_equal as equal,
     measures is not null and candidate_flagged and not production_flagged as gained, measures is not null and production_flagged and not candidate_flagged as lost
   from lab.run_account where tenant_id = $1 and run_id = $2 and account_id > $3 order by account_id limit ${rowsAtOnce}`,
);
const proposals = statement<{ model: string; count: number }>(
  'lab_proposals_of_run',
  'select model, count(*)::int as count from lab.run_crossing where tenant_id = $1 and run_id = $2 and would_propose group by model',
);

/** Computes the figures and the digest of a run from its stored rows, a few at a time. */
export async function finishRun(work: LabWork, run: ReplayedRun): Promise<FinishedRun> {
  const production = (await modelsByVersion(work, work.tenantId, [run.baseVersion])).get(run.baseVersion);
  const { windowFrom, windowTo, clock, horizonDays, parameters, baseVersion } = run;
  // Neither when it ran nor its seed: another run that finds the same has the same digest.
  const hash = createHash('sha256').update(canonicalJson({ windowFrom, windowTo, clock, horizonDays, parameters, baseVersion, base: production && { ...production, publishedAt: undefined } }));
  const added = new RunFigures(BigInt(run.seed));
  let [compared, equal, gained, lost] = [0, 0, 0, 0];
  for (let after: string | undefined = '00000000-0000-0000-0000-000000000000'; after !== undefined; ) {
    const rows: StoredAccount[] = await work.rows(nextRows, [work.tenantId, run.id, after]);
    for (const row of rows) {
      hash.update(row.digest);
      if (row.measures) added.take(row.measures);
      compared += row.compared;
      equal += row.equal;
      if (row.gained) gained += 1;
      if (row.lost) lost += 1;
    }
    after = rows.length < rowsAtOnce ? undefined : rows.at(-1)?.id;
  }
  const proposed = new Map((await work.rows(proposals, [work.tenantId, run.id])).map(({ model, count }) => [model, count]));
  const figures = added.figures();
  const candidate: ModelFigures = figures.models.CANDIDATE;
  const metrics: RunMetrics = {
    ...figures,
    precision: candidate.precision.value,
    recall: candidate.recall.value,
    meanLeadTimeHours: candidate.meanLeadTimeHours.value,
    crossingsGained: gained,
    crossingsLost: lost,
    wouldPropose: { candidate: proposed.get('CANDIDATE') ?? 0, production: proposed.get('PRODUCTION') ?? 0, recency: proposed.get('RECENCY') ?? 0 },
    scoresCompared: compared,
    scoresEqual: equal,
    seed: run.seed,
    resamples: 1_000,
  };
  return { digest: hash.digest('hex'), metrics: { ...metrics } };
}
