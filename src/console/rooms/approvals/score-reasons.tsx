import type { ActionDetailFragment } from '../../generated/operations.ts';
import { moment, period, plain, score } from './words.ts';

interface Reason {
  readonly type: string;
  readonly source: string;
  readonly occurredAt: string;
  readonly points: number;
}

/** The score and its reasons as they were frozen; the present score and its reasons apart, and labelled as present. */
export function Score({ action: { account, evidence } }: { action: ActionDetailFragment }) {
  const { intentScore, intentBand, intentReasons } = evidence;
  const present = account?.intent.__typename === 'IntentScore' ? account.intent : null;
  return (
    <>
      <h3>Intent</h3>
      <p>
        <strong className="score">{intentScore === null ? 'Never scored' : score(intentScore)}</strong> {intentBand && plain(intentBand)}
        {intentReasons && <span className="quiet">frozen; the score changed to this on {moment(intentReasons.at)}</span>}
      </p>
      {intentReasons && (
        <Reasons
          label={`What the frozen score of ${score(intentReasons.value)} was made of`}
          reasons={intentReasons.contributions}
          total={intentReasons.value}
        />
      )}
      {intentScore !== null && !intentReasons && <p className="quiet">Its reasons were not frozen: the action is older than that.</p>}
      {present && (
        <details className="present" open={intentReasons === null}>
          <summary>
            Present: {score(present.value)}, {plain(present.trend)}
          </summary>
          <Reasons
            label="What the present score is made of"
            reasons={present.contributions.map(({ points, signal }) => ({ ...signal, points }))}
            total={present.value}
          />
        </details>
      )}
    </>
  );
}

interface Row {
  readonly type: string;
  readonly source: string;
  readonly points: number;
  readonly instants: readonly string[];
}

/** Signals of one type and source are one row, the strongest row first. */
function rowsOf(reasons: readonly Reason[]): Row[] {
  const grouped = Map.groupBy(reasons, ({ type, source }) => JSON.stringify([type, source]));
  return [...grouped.values()]
    .flatMap((same) => {
      const [first] = same;
      return first ? [{ type: first.type, source: first.source, points: same.reduce((sum, { points }) => sum + points, 0), instants: same.map(({ occurredAt }) => occurredAt).toSorted() }] : [];
    })
    .toSorted((one, other) => Math.abs(other.points) - Math.abs(one.points));
}

/** The strongest signals, and the rest in one row, so that the rows add up to the score. */
function Reasons({ label, reasons, total }: { label: string; reasons: readonly Reason[]; total: number }) {
  const shown = rowsOf(reasons).slice(0, 8);
  const rest = total - shown.reduce((sum, { points }) => sum + points, 0);
  const most = Math.max(...shown.map(({ points }) => Math.abs(points)), 0.1);
  if (shown.length === 0) return null;
  return (
    <ol className="contributions" aria-label={label}>
      {shown.map(({ type, source, instants, points }) => (
        <li key={`${type} ${source}`}>
          <Bar share={Math.abs(points) / most} />
          <span>
            {plain(type)}
            {instants.length > 1 && ` × ${instants.length}`}
            <span className="quiet">{[source, period(instants)].filter(Boolean).join(' · ')}</span>
          </span>
          <span className="points">{signed(points)}</span>
        </li>
      ))}
      {Math.abs(rest) >= 0.05 && (
        <li>
          <Bar share={Math.abs(rest) / most} />
          <span>everything else</span>
          <span className="points">{signed(rest)}</span>
        </li>
      )}
    </ol>
  );
}

const signed = (points: number): string => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;

/** A length says what the number beside it says; it is for the eye alone. */
function Bar({ share }: { share: number }) {
  return (
    <svg className="bar" viewBox="0 0 44 8" width="44" height="8" aria-hidden="true">
      <rect width="44" height="8" rx="4" />
      <rect width={Math.min(44, Math.max(3, 44 * share))} height="8" rx="4" className="part" />
    </svg>
  );
}
