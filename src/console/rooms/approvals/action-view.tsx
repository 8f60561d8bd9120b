import type { Ref } from 'react';
import type { ActionDetailFragment } from '../../generated/operations.ts';
import type { Bearer } from '../session/token.ts';
import { ContextPanel } from './context-panel.tsx';
import { DecisionBar, type Mode } from './decision-bar.tsx';
import { CrmPanel, crmWords } from './crm-panel.tsx';
import { Differences, differencesBetween, wordsBetween, type Difference } from './differences.tsx';
import { EmailPanel } from './email-panel.tsx';
import type { Permission } from './permission.ts';
import { PromotionFacts, PromotionPanel } from './promotion-panel.tsx';
import { ReasoningPanel } from './reasoning-panel.tsx';
import type { Detail } from './use-detail.ts';
import type { Decisions, Notice } from './use-decisions.ts';
import type { Edits } from './use-edits.ts';
import type { Steps } from './use-steps.ts';
import { endWords, isOpen, outcomeWords, until } from './words.ts';

/** What the right side is given. */
export interface ActionViewProps {
  readonly id: string;
  readonly detail: Detail;
  readonly decisions: Decisions;
  readonly edits: Edits;
  readonly mode: Mode | null;
  readonly permission: Permission | null;
  readonly steps: Steps;
  readonly bearer: Bearer;
  readonly now: number;
  readonly titleRef: Ref<HTMLHeadingElement>;
  back(): void;
}

/** One action: what it is about, the e-mail and the reasons side by side, and what can be done. */
export function ActionView(props: ActionViewProps) {
  const { id, detail, decisions, edits, mode, permission, steps, bearer, now, titleRef, back } = props;
  const { seen, newer, refresh } = detail;
  const backButton = (
    <button type="button" className="back" onClick={back}>
      ← Queue
    </button>
  );
  if (!seen || !permission) {
    return (
      <article className="action" aria-busy={!detail.fault}>
        {backButton}
        {detail.absent ? <NoAction text={detail.fault ?? ''} /> : detail.fault ? <Fault text={detail.fault} again={() => void refresh()} /> : <p className="empty">Reading the action…</p>}
      </article>
    );
  }
  const open = isOpen(seen.status);
  const unsent = edits.edit(id);
  const overtaken = unsent !== null && unsent.begun.digest !== (newer ?? seen).evidenceDigest;
  const notice = decisions.notice?.id === id ? decisions.notice : null;
  const atField = notice?.field !== undefined && (mode?.kind === 'edit' ? ['subject', 'body'] : mode?.kind === 'reject' ? ['reason'] : []).includes(notice.field);
  const busy = decisions.busy !== null;
  return (
    <article className="action" aria-labelledby="action-title">
      <header>
        {backButton}
        <h1 id="action-title" ref={titleRef} tabIndex={-1}>
          {titleOf(seen)}
        </h1>
        <span className="status" data-status={seen.status}>
          {outcomeWords(seen, bearer.subject)}
        </span>
        {!open && endWords(seen.endReason) && <span className="quiet">{endWords(seen.endReason)}</span>}
        {open && <span className="quiet">expires in {until(seen.expiresAt, now)}</span>}
      </header>
      {detail.fault && <Fault text={detail.fault} again={() => void refresh()} />}
      {notice && !atField && <NoticeBox notice={notice} dismiss={() => decisions.tell(null)} />}
      {newer && <Changed text="It has changed since you began to look. What stands below is what you saw." changes={differencesBetween(seen, newer)} goOn={steps.lookAgain} />}
      {!newer && open && unsent && overtaken && <Changed text="It has changed since you began to write." changes={notice?.changes ? [] : wordsBetween(unsent.begun, seen.draft)} goOn={steps.lookAgain} />}
      <div className="panels">
        {seen.promotion ? <PromotionFacts promotion={seen.promotion} evidence={seen.evidence} /> : <ContextPanel action={seen} />}
        {seen.promotion ? (
          <PromotionPanel action={seen} mayUndo={permission.undo} busy={busy} undo={steps.undo} />
        ) : seen.crmChange ? (
          <CrmPanel action={seen} mayUndo={permission.undo} busy={busy} undo={steps.undo} />
        ) : (
          <EmailPanel
            action={seen}
            unsent={unsent}
            editing={mode?.kind === 'edit'}
            busy={busy}
            open={open && permission.decide}
            notice={notice}
            overtaken={overtaken}
            write={(words) => edits.write(id, words)}
            save={steps.save}
            close={steps.cancel}
            discard={steps.discard}
          />
        )}
        <ReasoningPanel action={seen} />
      </div>
      {(open || mode !== null) && (
        <DecisionBar
          action={seen}
          permission={permission}
          mode={mode}
          busy={busy}
          notice={notice}
          hasUnsent={unsent !== null}
          reason={edits.reason(id)}
          writeReason={(reason) => edits.writeReason(id, reason)}
          {...steps}
        />
      )}
    </article>
  );
}

/** What an action is, in a line. */
function titleOf({ crmChange, promotion, account }: Pick<ActionDetailFragment, 'crmChange' | 'promotion' | 'account'>): string {
  if (promotion) return promotion.kind === 'ROLL_BACK' ? `Roll back the scoring model to version ${promotion.restoredVersion}` : 'Promote a scoring model';
  return `${crmChange ? `${crmWords[crmChange.system]} change for` : 'E-mail to'} ${account?.name ?? 'an account without a name'}`;
}

function Changed({ text, changes, goOn }: { text: string; changes: readonly Difference[]; goOn: () => void }) {
  return (
    <div className="notice" data-tone="warning" role="alert">
      <p>{text}</p>
      <Differences changes={changes} />
      <button type="button" className="primary" onClick={goOn}>
        Look at it as it is now<kbd aria-hidden="true">u</kbd>
      </button>
    </div>
  );
}

function NoticeBox({ notice: { tone, text, changes }, dismiss }: { notice: Notice; dismiss: () => void }) {
  return (
    <div className="notice" data-tone={tone} role={tone === 'good' ? 'status' : 'alert'}>
      <p>{text}</p>
      {changes && <Differences changes={changes} />}
      <button type="button" onClick={dismiss}>
        {changes ? 'I have looked' : 'Dismiss'}
      </button>
    </div>
  );
}

function NoAction({ text }: { text: string }) {
  return (
    <div className="notice" data-tone="warning" role="alert">
      <h1>No such action</h1>
      <p>{text} Choose another from the queue.</p>
    </div>
  );
}

function Fault({ text, again }: { text: string; again: () => void }) {
  return (
    <p className="notice" data-tone="bad" role="alert">
      {text}{' '}
      <button type="button" onClick={again}>
        Try again
      </button>
    </p>
  );
}
