import { useEffect, useId, useRef } from 'react';
import type { ActionDetailFragment } from '../../generated/operations.ts';
import { crmWords } from './crm-panel.tsx';
import { FieldFault } from './email-panel.tsx';
import type { Permission } from './permission.ts';
import type { Notice } from './use-decisions.ts';

/** What the reader is about to do with an action. An approval in the making holds the digest that it is about. */
export type Mode = { readonly id: string; readonly kind: 'confirm'; readonly digest: string } | { readonly id: string; readonly kind: 'reject' | 'edit' };

/** What the bar is given. */
export interface DecisionBarProps {
  readonly action: ActionDetailFragment;
  readonly permission: Permission;
  readonly mode: Mode | null;
  readonly busy: boolean;
  readonly notice: Notice | null;
  readonly hasUnsent: boolean;
  readonly reason: string;
  writeReason(reason: string): void;
  startApproval(): void;
  approve(): void;
  startRejection(): void;
  reject(): void;
  edit(): void;
  claim(): void;
  cancel(): void;
}

/** The buttons of an action, or why there are none. */
export function DecisionBar(props: DecisionBarProps) {
  const { action, permission, mode, busy, hasUnsent, startApproval, startRejection, edit, claim } = props;
  if (mode?.kind === 'confirm') return <Confirmation {...props} />;
  if (mode?.kind === 'reject') return <Rejection {...props} />;
  // The form has buttons of its own, and one thing at a time is decided.
  if (mode?.kind === 'edit') return null;
  return (
    <div className="decide" role="group" aria-label="Decide">
      {permission.approve && (
        <button type="button" className="primary" disabled={busy} onClick={startApproval} aria-keyshortcuts="a">
          Approve<kbd aria-hidden="true">a</kbd>
        </button>
      )}
      {permission.decide && (
        <>
          <button type="button" disabled={busy} onClick={startRejection} aria-keyshortcuts="r">
            Reject<kbd aria-hidden="true">r</kbd>
          </button>
          {action.type === 'EMAIL' && (
            <button type="button" disabled={busy} onClick={edit} aria-keyshortcuts="e">
              {hasUnsent ? 'Go on editing' : 'Edit'}<kbd aria-hidden="true">e</kbd>
            </button>
          )}
        </>
      )}
      {permission.claim && (
        <button type="button" disabled={busy} onClick={claim} aria-keyshortcuts="c">
          {permission.claim === 'claim' ? 'Claim' : 'Give back'}<kbd aria-hidden="true">c</kbd>
        </button>
      )}
      {permission.reason && <p className="why">{permission.reason}</p>}
      {busy && <output>One moment…</output>}
    </div>
  );
}

/** The second step of an approval: another key than the first, so that no slip of a finger sends anything. */
function Confirmation({ action, busy, hasUnsent, approve, cancel }: DecisionBarProps) {
  const [title, button] = [useId(), useRef<HTMLButtonElement>(null)];
  useEffect(() => {
    button.current?.focus();
  }, []);
  return (
    <div className="decide confirm" role="alertdialog" aria-labelledby={title}>
      <p id={title}>
        {action.promotion ? (
          <>
            Publish this model in place of <strong>version {action.promotion.replacesVersion}</strong>? Every account is scored again.
          </>
        ) : action.crmChange ? (
          <>
            Write this to {crmWords[action.crmChange.system]}, at <strong>{action.crmChange.recordName ?? action.crmChange.externalId}</strong>?
          </>
        ) : (
          <>
            Send this e-mail to <strong>{action.draft.to}</strong>?
          </>
        )}
        {hasUnsent && ' Your unsaved words are not in it: the version that was saved last is sent.'}
      </p>
      <button
        type="button"
        className="primary"
        ref={button}
        disabled={busy}
        onClick={approve}
        // Enter held down since the first step must not press this, too.
        onKeyDown={(event) => void (event.repeat && event.preventDefault())}
      >
        {busy ? 'Approving…' : 'Yes, approve'}<kbd aria-hidden="true">y</kbd>
      </button>
      <button type="button" onClick={cancel} disabled={busy}>
        Cancel<kbd aria-hidden="true">Esc</kbd>
      </button>
    </div>
  );
}

function Rejection({ busy, notice, reason, writeReason, reject, cancel }: DecisionBarProps) {
  const [field, fault] = [useId(), useId()];
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    input.current?.focus();
  }, []);
  const faulty = notice?.field === 'reason';
  return (
    <form
      className="decide reject"
      onSubmit={(event) => {
        event.preventDefault();
        reject();
      }}
    >
      <label htmlFor={field}>Why is it rejected?</label>
      <textarea
        id={field}
        ref={input}
        rows={2}
        required
        maxLength={2_000}
        value={reason}
        aria-invalid={faulty ? true : undefined}
        aria-describedby={faulty ? fault : undefined}
        onChange={({ target }) => writeReason(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            reject();
          }
        }}
      />
      {faulty && <FieldFault id={fault} text={notice.text} />}
      <button type="submit" className="danger" disabled={busy}>
        {busy ? 'Rejecting…' : 'Reject'}<kbd aria-hidden="true">Enter</kbd>
      </button>
      <button type="button" onClick={cancel} disabled={busy}>
        Cancel<kbd aria-hidden="true">Esc</kbd>
      </button>
    </form>
  );
}
