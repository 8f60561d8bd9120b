import type { ActionDetailFragment } from '../../generated/operations.ts';
import { SamePerson } from './same-person.tsx';
import { Score } from './score-reasons.tsx';
import { consentEnded, endWords, healthWords, money, moment, plain } from './words.ts';

/** What is known of the account, as it was frozen with the evidence; what is of the present says so. */
export function ContextPanel({ action }: { action: ActionDetailFragment }) {
  const { account, contact, evidence } = action;
  const { context, consent } = evidence;
  if (!account || !context) return null;
  const ended = consentEnded(action);
  return (
    <section className="panel" aria-labelledby="context-title">
      <h2 id="context-title">Account</h2>
      <p className="facts">
        <strong>{account.name}</strong>
        <span className="quiet">{[account.status && plain(account.status), account.tier].filter(Boolean).join(' · ')}</span>
      </p>

      <Score action={action} />

      {!action.crmChange && (
        <>
          <h3>Addressee</h3>
          <p>
            {contact?.name ?? 'Erased'}
            <span className="quiet">{[contact?.title, contact?.role].filter(Boolean).join(' · ')}</span>
          </p>
          {account.championStatus && <p className="quiet">Champions: {account.championStatus}</p>}
          <SamePerson action={action} />

          <h3>Consent to e-mail</h3>
          <p data-tone={consent.granted && !ended ? 'good' : 'bad'} className="mark">
            {ended ? 'No longer holds' : consent.granted ? 'Granted' : 'Not granted'}
            <span className="quiet">
              {ended ? `Since it was looked at ${endWords(action.endReason)}. Then: ` : ''}
              {consent.basis ? `Basis: ${plain(consent.basis)}. ` : ''}
              {consent.expiresAt ? `Until ${moment(consent.expiresAt)}.` : consent.granted ? 'Until it is withdrawn.' : ''}
            </span>
          </p>
        </>
      )}

      <h3>Deal</h3>
      <p>
        Health: <span className="health" data-health={context.derived.dealHealth.value}>{plain(context.derived.dealHealth.value)}</span>
        {context.derived.dealHealth.reason && <span className="quiet">{context.derived.dealHealth.reason}</span>}
      </p>
      {context.derived.dealHealth.value !== 'GREEN' && context.derived.dealHealth.reasons.length > 0 && (
        <ul aria-label="Why the deal's health is so">
          {context.derived.dealHealth.reasons.map(({ condition }) => (
            <li key={condition}>{healthWords[condition]}</li>
          ))}
        </ul>
      )}
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
          <h3>Open tickets</h3>
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
          <h3>Flags by managers</h3>
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
