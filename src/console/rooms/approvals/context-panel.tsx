import type { ActionDetailFragment } from '../../generated/operations.ts';
import { consentEnded, endWords, money, moment, plain, score } from './words.ts';

/** What is known of the account: what was frozen with the evidence, and the score's reasons as they are now. */
export function ContextPanel({ action }: { action: ActionDetailFragment }) {
  const { account, contact, evidence } = action;
  const { context, consent } = evidence;
  const ended = consentEnded(action);
  return (
    <section className="panel" aria-labelledby="context-title">
      <h2 id="context-title">Account</h2>
      <h3>{account.name}</h3>
      <p className="facts">{[account.status && plain(account.status), account.tier].filter(Boolean).join(' · ')}</p>

      <Score action={action} />

      <h4>Addressee</h4>
      <p>
        {contact?.name ?? 'Erased'}
        <span className="quiet">{[contact?.title, contact?.role].filter(Boolean).join(' · ')}</span>
      </p>
      {account.championStatus && <p className="quiet">Champions: {account.championStatus}</p>}

      <h4>Consent to e-mail</h4>
      <p data-tone={consent.granted && !ended ? 'good' : 'bad'} className="mark">
        {ended ? 'No longer holds' : consent.granted ? 'Granted' : 'Not granted'}
        <span className="quiet">
          {ended ? `Since it was looked at ${endWords(action.endReason)}. Then: ` : ''}
          {consent.basis ? `Basis: ${plain(consent.basis)}. ` : ''}
          {consent.expiresAt ? `Until ${moment(consent.expiresAt)}.` : consent.granted ? 'Until it is withdrawn.' : ''}
        </span>
      </p>

      <h4>Deal</h4>
      <p>
        Health: <span className="health" data-health={context.derived.dealHealth.value}>{plain(context.derived.dealHealth.value)}</span>
      </p>
      {context.opportunities.length === 0 ? (
        <p className="quiet">No opportunities.</p>
      ) : (
        <ul>
          {context.opportunities.map(({ stage, amountMinor, currency, closeDate }, index) => (
            // Frozen facts have no ids, and their order never changes.
            <li key={index}>
              {stage}
              <span className="quiet">{[money(amountMinor, currency), closeDate && `closes ${closeDate}`].filter(Boolean).join(' · ')}</span>
            </li>
          ))}
        </ul>
      )}
      {context.openTickets.length > 0 && (
        <>
          <h4>Open tickets</h4>
          <ul>
            {context.openTickets.map(({ key, priority }) => (
              <li key={key}>
                {key}
                {priority && <span className="quiet">{priority}</span>}
              </li>
            ))}
          </ul>
        </>
      )}
      {context.managerFlags.length > 0 && (
        <>
          <h4>Flags by managers</h4>
          <ul>
            {context.managerFlags.map((flag) => (
              <li key={flag}>{flag}</li>
            ))}
          </ul>
        </>
      )}
      <p className="frozen">Facts as frozen on {moment(evidence.frozenAt)}.</p>
    </section>
  );
}

function Score({ action: { account, evidence } }: { action: ActionDetailFragment }) {
  const { intent } = account;
  const present = intent.__typename === 'IntentScore' ? intent : null;
  return (
    <>
      <h4>Intent</h4>
      <p>
        <strong className="score">{evidence.intentScore === null ? 'Never scored' : score(evidence.intentScore)}</strong>{' '}
        {evidence.intentBand && plain(evidence.intentBand)}
        {present && (
          <span className="quiet">
            now {score(present.value)}, {plain(present.trend)}
          </span>
        )}
      </p>
      {present && present.contributions.length > 0 && (
        <ol className="contributions" aria-label="What the score is made of now">
          {present.contributions.map(({ points, signal }) => (
            <li key={signal.id}>
              <Bar share={Math.abs(points) / Math.max(1e-9, ...present.contributions.map((each) => Math.abs(each.points)))} />
              <span>
                {plain(signal.type)}
                <span className="quiet">
                  {signal.source} · {moment(signal.occurredAt)}
                </span>
              </span>
              <span className="points">
                {points < 0 ? '−' : '+'}
                {Math.abs(points).toFixed(1)}
              </span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

/** A length says what the number beside it says; it is for the eye alone. */
function Bar({ share }: { share: number }) {
  return (
    <svg className="bar" viewBox="0 0 44 8" width="44" height="8" aria-hidden="true">
      <rect width="44" height="8" rx="4" />
      <rect width={Math.max(3, 44 * share)} height="8" rx="4" className="part" />
    </svg>
  );
}
