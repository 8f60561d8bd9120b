import { useEffect, useId, useRef } from 'react';
import type { ActionDetailFragment } from '../../generated/operations.ts';
import type { Notice } from './use-decisions.ts';
import type { Unsent } from './use-edits.ts';

/** What the panel is given. */
export interface EmailPanelProps {
  readonly action: ActionDetailFragment;
  /** Words in the making; null when none are. */
  readonly unsent: Unsent | null;
  readonly editing: boolean;
  readonly busy: boolean;
  readonly notice: Notice | null;
  /** Whether somebody else changed the action since the writing began. */
  readonly overtaken: boolean;
  /** Whether it still waits for a decision; what does not is changed no more. */
  readonly open: boolean;
  write(words: { subject?: string; body?: string }): void;
  save(): void;
  close(): void;
  discard(): void;
}

/** The e-mail as it would be sent: plain text and never markup, whatever it holds. */
export function EmailPanel(props: EmailPanelProps) {
  const { action, editing, unsent } = props;
  const { draft } = action;
  const nothing = draft.masked ? 'Hidden: your role does not read it.' : 'Nothing is left: the addressee was erased.';
  return (
    <section className="panel email" aria-labelledby="email-title">
      <h2 id="email-title">E-mail</h2>
      <dl>
        <dt>To</dt>
        <dd>{draft.to ?? nothing}</dd>
        {!(editing && unsent) && (
          <>
            <dt>Subject</dt>
            <dd data-part="subject">{draft.subject ?? nothing}</dd>
          </>
        )}
      </dl>
      {editing && unsent ? <EditForm {...props} unsent={unsent} /> : <pre data-part="body">{draft.body ?? nothing}</pre>}
      {!editing && (
        <p className="disclosure" data-origin={draft.generatedBy}>
          {draft.disclosure}
        </p>
      )}
      {!editing && <Hidden text={`${draft.to ?? ''}${draft.subject ?? ''}${draft.body ?? ''}`} />}
    </section>
  );
}

/** Letters without a shape of their own, and those that turn the direction of what follows. */
const unseen = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

function Hidden({ text }: { text: string }) {
  const count = text.match(unseen)?.length ?? 0;
  if (count === 0) return null;
  return (
    <p className="notice" data-tone="warning">
      It holds {count} invisible {count === 1 ? 'character' : 'characters'}, which can make it read otherwise than it looks here.
    </p>
  );
}

function EditForm({ unsent, busy, notice, overtaken, open, write, save, close, discard }: EmailPanelProps & { unsent: Unsent }) {
  const [subject, body, fault] = [useId(), useId(), useId()];
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    first.current?.focus();
  }, []);
  const faulty = (field: string) => (notice?.field === field ? { 'aria-invalid': true, 'aria-describedby': fault } : {});
  return (
    <form
      className="edit"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          save();
        }
        if (event.key === 'Escape') {
          event.preventDefault();
          close();
        }
      }}
    >
      <label htmlFor={subject}>Subject</label>
      <input id={subject} ref={first} value={unsent.subject} onChange={({ target }) => write({ subject: target.value })} {...faulty('subject')} />
      {notice?.field === 'subject' && <FieldFault id={fault} text={notice.text} />}
      <label htmlFor={body}>Text</label>
      <textarea id={body} rows={14} value={unsent.body} onChange={({ target }) => write({ body: target.value })} {...faulty('body')} />
      {notice?.field === 'body' && <FieldFault id={fault} text={notice.text} />}
      {!open && <p className="fault">It no longer waits for a decision, so your words cannot be saved. Copy them if you need them.</p>}
      <p className="buttons">
        <button type="submit" className="primary" disabled={busy || !open}>
          {overtaken ? 'Save mine over it' : 'Save'}
        </button>
        <button type="button" onClick={close}>
          Close, keep my words
        </button>
        <button type="button" onClick={discard}>
          Discard
        </button>
      </p>
    </form>
  );
}

/** A fault at its field. */
export function FieldFault({ id, text }: { id: string; text: string }) {
  return (
    <p className="fault" id={id} role="alert">
      {text}
    </p>
  );
}
