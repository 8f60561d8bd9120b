import type { ActionDetailFragment } from '../../generated/operations.ts';
import { moment, statusWords } from './words.ts';

/** What else is under way to the same person, and when they were last written to. */
export function SamePerson({ action: { openToSamePerson, personLastEmailedAt } }: { action: ActionDetailFragment }) {
  return (
    <>
      {personLastEmailedAt && <p className="quiet">Last e-mail to this person: {moment(personLastEmailedAt)}</p>}
      {openToSamePerson.length > 0 && (
        <div className="notice" data-tone="warning">
          <p>{openToSamePerson.length === 1 ? 'One more action is' : `${openToSamePerson.length} more actions are`} under way to this person:</p>
          <ul>
            {openToSamePerson.map(({ id, status, account, proposedAt }) => (
              <li key={id}>
                <a href={`?action=${encodeURIComponent(id)}`}>E-mail for {account?.name}</a>
                <span className="quiet">
                  {statusWords[status].toLowerCase()}, proposed {moment(proposedAt)}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
