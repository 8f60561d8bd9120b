import type { ActionDetailFragment } from '../../generated/operations.ts';
import '../laboratory/laboratory.css';
import { FigureTable } from '../laboratory/figures.tsx';
import { moment, plain } from './words.ts';

type Promotion = NonNullable<ActionDetailFragment['promotion']>;

/** What a promotion is about: the model in force, and where the new one comes from. */
export function PromotionFacts({ promotion, evidence }: { promotion: Promotion; evidence: ActionDetailFragment['evidence'] }) {
  const { kind, experimentName, runId, runDigest, replacesVersion, restoredVersion, publishedVersion } = promotion;
  return (
    <section className="panel" aria-labelledby="context-title">
      <h2 id="context-title">Scoring model</h2>
      <p className="facts">
        <strong>Replaces version {replacesVersion}</strong>
        <span className="quiet">Every account is scored again.</span>
      </p>
      {publishedVersion !== null && (
        <p className="mark" data-tone="good">
          Published as version {publishedVersion}
        </p>
      )}
      <h3>Where it comes from</h3>
      {kind === 'ROLL_BACK' ? (
        <p>Restores the parameters of version {restoredVersion}.</p>
      ) : (
        <>
          <p>
            {experimentName ?? 'A pinned run of an experiment'}
            <span className="quiet">Run digest {runDigest?.slice(0, 12)}</span>
          </p>
          {runId && (
            <p>
              <a href={`/console/laboratory/report?run=${encodeURIComponent(runId)}`}>Report of the run</a>
            </p>
          )}
        </>
      )}
      <p className="frozen">Facts as frozen on {moment(evidence.frozenAt)}.</p>
    </section>
  );
}

/** What the panel is given. */
export interface PromotionPanelProps {
  readonly action: ActionDetailFragment;
  /** Whether the reader may propose to restore the earlier model. */
  readonly mayUndo: boolean;
  readonly busy: boolean;
  undo(): void;
}

/** Every parameter that changes, before and after. */
export function PromotionPanel({ action, mayUndo, busy, undo }: PromotionPanelProps) {
  const { promotion, draft, status } = action;
  if (!promotion) return null;
  return (
    <section className="panel email" aria-labelledby="promotion-title">
      <h2 id="promotion-title">{promotion.kind === 'ROLL_BACK' ? 'Parameters that are restored' : 'Parameters that change'}</h2>
      <table className="differences parameters">
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Version {promotion.replacesVersion}</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {rowsOf(promotion.changes).map(({ parameter, before, after }) => (
            <tr key={parameter}>
              <th scope="row">{parameterWords(parameter)}</th>
              <td className="before">{before ?? '–'}</td>
              <td className="after" data-part={parameter}>
                {after ?? '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {promotion.run?.metrics && (
        <>
          <h3>What the run found</h3>
          <FigureTable models={promotion.run.metrics.models} version={promotion.replacesVersion} isBrief />
          <p className="quiet">
            Below each figure is its 95 % interval. {promotion.run.metrics.won} of {promotion.run.metrics.judgedAccounts} accounts were won. Newly flagged: {promotion.run.metrics.crossingsGained}. No longer flagged: {promotion.run.metrics.crossingsLost}.
          </p>
        </>
      )}
      <p className="disclosure" data-origin={draft.generatedBy}>
        {draft.disclosure} Nothing else of the model changes.
      </p>
      {status === 'EXECUTED' && mayUndo && (
        <div data-part="roll-back">
          <p className="quiet">To roll back, propose the parameters of version {promotion.replacesVersion} as one more promotion. Another person approves it.</p>
          <button type="button" disabled={busy} onClick={undo}>
            {busy ? 'One moment…' : 'Propose roll-back'}
          </button>
        </div>
      )}
    </section>
  );
}

const known: Readonly<Record<string, string>> = {
  highIntentThreshold: 'High intent from',
  mediumShare: 'Medium from this share of it',
  saturation: 'Saturation',
  'icp.industries': 'ICP: industries',
  'icp.regions': 'ICP: regions',
  'icp.minEmployees': 'ICP: employees, at least',
  'icp.mismatchFactor': 'ICP: factor for a mismatch',
  'icp.unknownMismatchShare': 'ICP: share for an unknown trait',
  'trend.windowHours': 'Trend: window in hours',
  'trend.tolerancePoints': 'Trend: tolerance in points',
};
const ofType: Readonly<Record<string, string>> = { weight: 'weight', halfLifeHours: 'half-life in hours', cap: 'cap in points' };

type Change = Promotion['changes'][number];

/** One row for each parameter; a type of signal that only one of the models counts has one row with all that is said of it. */
function rowsOf(changes: readonly Change[]): Change[] {
  const named = changes.map((change) => ({ ...change, type: signalParameter.exec(change.parameter)?.[1] ?? null }));
  const byType = Map.groupBy(named, ({ type }) => type);
  return named.flatMap(({ type, ...change }) => {
    const own = type === null ? [] : (byType.get(type) ?? []);
    const side = (['before', 'after'] as const).find((each) => own.length === 3 && own.every((one) => one[each] === null));
    if (!side) return [change];
    if (own[0]?.parameter !== change.parameter) return [];
    const said = own.toReversed().map(({ parameter, before, after }) => `${ofType[signalParameter.exec(parameter)?.[2] ?? ''] ?? parameter} ${before ?? after}`).join(', ');
    return [{ parameter: `signalTypes.${type}`, before: said, after: said, [side]: 'not counted' }];
  });
}

const signalParameter = /^signalTypes\.([a-z0-9_]+)\.(\w+)$/;

/** A parameter by the words that people know: `signalTypes.demo_request.weight` is `Demo request: weight`. */
export function parameterWords(parameter: string): string {
  const [, type, name] = /^signalTypes\.([a-z0-9_]+)(?:\.(\w+))?$/.exec(parameter) ?? [];
  if (type === undefined) return known[parameter] ?? parameter;
  const words = plain(type);
  const called = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  return name === undefined ? called : `${called}: ${ofType[name] ?? name}`;
}
