import type { ActionDetailFragment, CrmChangeKind, CrmSystem } from '../../generated/operations.ts';
import { moment } from './words.ts';

/** A CRM by the name that people know. */
export const crmWords: Record<CrmSystem, string> = { SALESFORCE: 'Salesforce', HUBSPOT: 'HubSpot' };

/** What a change does, as a heading. */
export const changeWords: Record<CrmChangeKind, string> = { CREATE_TASK: 'New task', CHANGE_NEXT_STEP: 'Next step', ADD_STAGE_NOTE: 'Stage note' };

const fieldWords: Readonly<Record<string, string>> = { nextStep: 'Next step', 'task.subject': 'Subject', 'task.description': 'Details', 'task.dueOn': 'Due', stageNote: 'Note' };

/** What the panel is given. */
export interface CrmPanelProps {
  readonly action: ActionDetailFragment;
  /** Whether the reader may ask for an undo now. */
  readonly mayUndo: boolean;
  readonly busy: boolean;
  undo(): void;
}

/** What an action writes into a CRM: before and after, field by field, as plain text and never markup. */
export function CrmPanel({ action, mayUndo, busy, undo }: CrmPanelProps) {
  const { crmChange: change, crmWrite: write, draft } = action;
  if (!change) return null;
  const nothing = change.masked ? 'Hidden: your role does not read it.' : '–';
  const isReplacing = change.kind === 'CHANGE_NEXT_STEP';
  return (
    <section className="panel email" aria-labelledby="crm-title">
      <h2 id="crm-title">
        {changeWords[change.kind]} in {crmWords[change.system]}
      </h2>
      <dl>
        <dt>Opportunity</dt>
        <dd>{change.recordName ?? change.externalId}</dd>
        <dt>Stage</dt>
        <dd>{change.stage ?? 'unknown'}</dd>
      </dl>
      <table className="differences">
        <thead>
          <tr>
            <th scope="col">What</th>
            {isReplacing && <th scope="col">Before</th>}
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {change.fields.map(({ field, before, after }) => (
            <tr key={field}>
              <th scope="row">{fieldWords[field] ?? field}</th>
              {isReplacing && (
                <td className="before" data-part={`${field}-before`}>
                  {before ?? nothing}
                </td>
              )}
              <td className="after" data-part={field}>
                {after ?? nothing}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="disclosure" data-origin={draft.generatedBy}>
        {draft.disclosure} Read in {crmWords[change.system]} on {moment(action.evidence.frozenAt)}.
      </p>
      {write && <Written write={write} system={crmWords[change.system]} mayUndo={mayUndo} busy={busy} undo={undo} />}
    </section>
  );
}

function Written({ write, system, mayUndo, busy, undo }: { write: NonNullable<ActionDetailFragment['crmWrite']>; system: string } & Pick<CrmPanelProps, 'mayUndo' | 'busy' | 'undo'>) {
  const state = write.undo;
  const canAsk = mayUndo && (state === null || state.status === 'FAILED');
  return (
    <div data-part="written">
      <p>
        Written to {system} on {moment(write.writtenAt)}
        <span className="quiet">
          {write.recordType} {write.externalId}
        </span>
      </p>
      {state && <p className={state.status === 'FAILED' ? 'fault' : 'quiet'}>{undoWords(state)}</p>}
      {canAsk && (
        <button type="button" disabled={busy} onClick={undo}>
          {busy ? 'One moment…' : state ? 'Try to undo again' : 'Undo'}
        </button>
      )}
    </div>
  );
}

const reasons: Readonly<Record<string, string>> = { CHANGED_SINCE: 'somebody changed it since, so it stays as it is', WORDS_ERASED: 'an erasure took a name out of its words; undo it in the CRM', REFUSED_OUTSIDE: 'the CRM refused', ATTEMPTS_USED_UP: 'the CRM did not answer' };

function undoWords({ status, requestedBy, reason, undoneAt }: NonNullable<NonNullable<ActionDetailFragment['crmWrite']>['undo']>): string {
  if (status === 'UNDONE') return `Undone on ${undoneAt === null ? 'request' : moment(undoneAt)}, asked for by ${requestedBy.id}.`;
  if (status === 'REQUESTED') return `${requestedBy.id} asked to undo it; it is about to be taken back.`;
  return `Not undone: ${reasons[reason ?? ''] ?? reason ?? 'unknown'}.`;
}
