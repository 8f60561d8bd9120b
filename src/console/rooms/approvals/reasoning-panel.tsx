import type { ActionDetailFragment, DraftOrigin } from '../../generated/operations.ts';
import { LineageTree } from './lineage-tree.tsx';
import { moment, percent, plain } from './words.ts';

/** Why it was proposed, what it was made of, and what happened to it since. */
export function ReasoningPanel({ action }: { action: ActionDetailFragment }) {
  const { reasoning, draft, confidence, riskLevel, proposedBy, proposedAt, lineage, decisions, trust } = action;
  return (
    <section className="panel" aria-labelledby="reasoning-title">
      <h2 id="reasoning-title">Reasoning</h2>
      <p className="mark" data-tone={draft.generatedBy === 'TEMPLATE' && !draft.editedBy ? 'warning' : undefined}>
        {written(draft)}
        <span className="quiet">{[draft.model, draft.prompt, `first written ${moment(draft.draftedAt)}`].filter(Boolean).join(' · ')}</span>
      </p>
      <p>
        {action.type === 'PROMOTE_MODEL' ? 'It changes every score' : confidence === null ? 'Nobody has weighed these words' : `${percent(confidence)} sure`} · <span className="risk" data-risk={riskLevel}>{plain(riskLevel)} risk</span>
        <span className="quiet">
          proposed by {proposedBy.id} on {moment(proposedAt)}
        </span>
      </p>
      {trust.level && !action.promotion && (
        <p data-part="trust">
          Least trusted origin: {plain(trust.level)}
          <span className="quiet">{trust.because[0]?.name}</span>
        </p>
      )}
      <p className="words">{reasoning ?? (draft.masked ? 'Hidden: your role does not read it.' : 'None is left: the addressee was erased.')}</p>

      {!action.promotion && (
        <>
          <h3>Where it comes from</h3>
          <LineageTree lineage={lineage} />
        </>
      )}

      {decisions.edges.length > 0 && (
        <>
          <h3>Decisions so far</h3>
          <ol className="decisions">
            {decisions.edges.map(({ node: { id, outcome, reason, remark, decidedAt, actor } }) => (
              <li key={id}>
                {plain(outcome)} by {actor.id}
                <span className="quiet">
                  {moment(decidedAt)} · {plain(reason)}
                </span>
                {remark && <q>{remark}</q>}
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

const authors: Record<DraftOrigin, string> = { MODEL: 'a language model', TEMPLATE: 'a plain template', PERSON: 'a person', MACHINE: 'a machine' };

/** Whose words a draft is; who wrote over it does not approve it. */
function written({ generatedBy, editedBy }: ActionDetailFragment['draft']): string {
  if (editedBy) return `Written by a person, ${editedBy.id}, over the draft of ${authors[generatedBy]}`;
  return `Written by ${authors[generatedBy]}${generatedBy === 'TEMPLATE' ? ': nobody has weighed its words yet' : ''}`;
}
