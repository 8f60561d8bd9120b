import './laboratory.css';
import { useQuery } from 'urql';
import { Link, useSearchParams } from 'wouter';
import { ReportOfRunDocument, type CrossingRowFragment, type ReportOfRunQuery } from '../../generated/operations.ts';
import { moment, score } from '../approvals/words.ts';
import { explain } from '../session/client.ts';
import { CalibrationChart } from './calibration-chart.tsx';
import { days, FigureTable, percent } from './figures.tsx';

type Run = NonNullable<ReportOfRunQuery['experimentRun']>;
type Comparison = NonNullable<ReportOfRunQuery['compareExperiment']>;

/** The report of a run, made to be read on paper as well. */
export function ReportPage() {
  const [search] = useSearchParams();
  const run = search.get('run') ?? '';
  const [{ data, error, fetching }] = useQuery({ query: ReportOfRunDocument, variables: { run } });
  const found = data?.experimentRun;
  return (
    <main className="report">
      {error && (
        <p className="notice" data-tone="bad" role="alert">
          {explain(error)}
        </p>
      )}
      {fetching && !found && <p className="empty">Reading the run…</p>}
      {data && !found && (
        <div className="notice" data-tone="warning" role="alert">
          <h1>No such run</h1>
          <p>
            The link may be old or mistyped. Choose a run in the <Link href="/laboratory">laboratory</Link>.
          </p>
        </div>
      )}
      {found && <Report run={found} comparison={data.compareExperiment} />}
    </main>
  );
}

function Report({ run, comparison }: { run: Run; comparison: Comparison | null }) {
  const { experiment, metrics, baseVersion, status, pinnedAt } = run;
  return (
    <article aria-labelledby="report-title">
      <header>
        <h1 id="report-title">{experiment.name}</h1>
        <button type="button" className="no-print" onClick={() => window.print()}>
          Print
        </button>
      </header>
      {experiment.description && <p className="notice about">{experiment.description}</p>}
      {!metrics && <p>The run is {status.toLowerCase()}, so there are no results.</p>}
      {metrics && pinnedAt === null && <p className="notice no-print" data-tone="warning">This run is not pinned. Pin it before you promote its model.</p>}
      {metrics && (
        <>
          <Answer run={run} metrics={metrics} />
          <section aria-labelledby="figures-title">
            <h2 id="figures-title">The models side by side</h2>
            <FigureTable models={metrics.models} version={baseVersion} />
            <p className="quiet">Below each figure is its 95 % interval, by {metrics.resamples} bootstrap resamples of the accounts. Recency flags any signal after 30 quiet days. Nothing flags no account and always predicts the base rate.</p>
          </section>
          <section aria-labelledby="calibration-title">
            <h2 id="calibration-title">Calibration</h2>
            <CalibrationChart models={metrics.models} version={baseVersion} />
          </section>
          {comparison && <Changes comparison={comparison} wouldPropose={metrics.wouldPropose} />}
          <Method run={run} metrics={metrics} />
        </>
      )}
    </article>
  );
}

/** The result in sentences. */
function Answer({ run: { horizonDays, baseVersion }, metrics }: { run: Run; metrics: NonNullable<Run['metrics']> }) {
  const [candidate, production] = (['CANDIDATE', 'PRODUCTION'] as const).map((name) => metrics.models.find(({ model }) => model === name));
  const said = (figures: typeof candidate): string => (figures?.precision.value == null ? 'flagged no account that can be judged' : `flagged ${figures.judged} accounts, and ${figures.hits} of them were won within ${horizonDays} days (${percent(figures.precision.value)})`);
  return (
    <div className="answer">
      <p>
        The candidate {said(candidate)}. Version {baseVersion}, the model it is compared with, {said(production)}.
      </p>
      {metrics.baseRate.value !== null && (
        <p>
          {metrics.won} of {metrics.judgedAccounts} accounts were won: a base rate of {percent(metrics.baseRate.value)}.
          {candidate?.meanLeadTimeHours.value != null && ` The candidate flagged them ${days(candidate.meanLeadTimeHours.value)} before the win on average.`}
        </p>
      )}
    </div>
  );
}

function Changes({ comparison, wouldPropose }: { comparison: Comparison; wouldPropose: NonNullable<Run['metrics']>['wouldPropose'] }) {
  const { gainedCount, lostCount, movedCount, crossingsGained, crossingsLost, moved } = comparison;
  return (
    <section aria-labelledby="changes-title">
      <h2 id="changes-title">What would change</h2>
      <p>
        An e-mail would have been proposed {wouldPropose.candidate} times by the candidate and {wouldPropose.production} times by the model in force.
      </p>
      <div className="lists">
        <Crossings title={`Flagged by the candidate alone: ${gainedCount}`} crossings={crossingsGained} />
        <Crossings title={`No longer flagged: ${lostCount}`} crossings={crossingsLost} />
        <div>
          <h3>Scores that differ at the end: {movedCount}</h3>
          <ol>
            {moved.map(({ accountId, account, before, after }) => (
              <li key={accountId}>
                {account?.name ?? 'A retired account'}
                <span className="quiet">
                  {before === null ? 'none' : score(before)} → {after === null ? 'none' : score(after)}
                </span>
              </li>
            ))}
          </ol>
        </div>
      </div>
    </section>
  );
}

function Crossings({ title, crossings }: { title: string; crossings: readonly CrossingRowFragment[] }) {
  return (
    <div>
      <h3>{title}</h3>
      <ol>
        {crossings.map(({ accountId, account, at, score: reached }) => (
          <li key={accountId}>
            {account?.name ?? 'A retired account'}
            <span className="quiet">
              {moment(at)}, {score(reached)}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Method({ run: { window: replayed, clock, frozenAt, horizonDays, digest, pinnedAt }, metrics: { accounts, judgedAccounts, won, lost, seed } }: { run: Run; metrics: NonNullable<Run['metrics']> }) {
  const facts: readonly (readonly [string, string])[] = [
    ['Replayed', `${moment(replayed.from)} to ${moment(replayed.to)}`],
    ['Clock', clock === 'RECORDED' ? 'Signals count from when they were recorded' : 'Signals count from when they happened, imported history included'],
    ['Known until', moment(frozenAt)],
    ['Horizon', `${horizonDays} days after a flag`],
    ['Accounts', `${accounts}; ${judgedAccounts} judged, ${won} won, ${lost} lost`],
    ['Pinned', pinnedAt === null ? 'No' : moment(pinnedAt)],
    ['Bootstrap seed', seed],
    ['Digest', digest ?? '–'],
  ];
  return (
    <section aria-labelledby="method-title">
      <h2 id="method-title">How it was measured</h2>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
