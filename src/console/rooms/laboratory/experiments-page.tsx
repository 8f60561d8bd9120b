import './laboratory.css';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { ExperimentsOfRoomDocument } from '../../generated/operations.ts';
import { moment, plain } from '../approvals/words.ts';
import { explain } from '../session/client.ts';
import { percent } from './figures.tsx';

/** Experiments with their latest runs, each with a way to its report. */
export function ExperimentsPage() {
  const [after, setAfter] = useState<string | null>(null);
  const [{ data, error, fetching }] = useQuery({ query: ExperimentsOfRoomDocument, variables: { after } });
  const experiments = data?.experiments.edges.map(({ node }) => node) ?? [];
  return (
    <main className="report">
      <h1>Laboratory</h1>
      {error && (
        <p className="notice" data-tone="bad" role="alert">
          {explain(error)}
        </p>
      )}
      {fetching && experiments.length === 0 && <p className="empty">Reading the experiments…</p>}
      {data && experiments.length === 0 && <p className="empty">There are no experiments. Create one with the mutation createExperiment.</p>}
      <ul className="experiments">
        {experiments.map(({ id, name, description, status, runs }) => (
          <li key={id}>
            <h2>{name}</h2>
            <p className="quiet">
              {plain(status)}
              {description && `. ${description}`}
            </p>
            <ul>
              {runs.map((run) => (
                <li key={run.id}>
                  {run.status === 'COMPLETED' ? <Link href={`/laboratory/report?run=${encodeURIComponent(run.id)}`}>Report of {moment(run.requestedAt)}</Link> : `${moment(run.requestedAt)}: ${plain(run.status)}`}
                  <span className="quiet">
                    {[run.metrics?.precision != null && `precision ${percent(run.metrics.precision)}`, run.metrics?.recall != null && `recall ${percent(run.metrics.recall)}`, run.pinnedAt && 'pinned'].filter(Boolean).join(' · ')}
                  </span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {data?.experiments.pageInfo.hasNextPage && (
        <button type="button" onClick={() => setAfter(data.experiments.pageInfo.endCursor)}>
          Next page
        </button>
      )}
    </main>
  );
}
