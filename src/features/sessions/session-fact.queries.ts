import { ask, type Call } from '../../platform/graphql/call.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { contentsOfSession } from './session-contents.ts';
import { readContext } from './session-context.ts';
import type { SessionFactRow } from './session-fact.type.ts';
import type { SessionRow } from './session.type.ts';
import { statedOf } from './stated-keys.ts';
import { readsSessions } from './sessions.policy.ts';

const most = 200;

/** The keys of the persistent context with where they came from, the latest first. */
export async function factsOf(call: Call, { uuid }: SessionRow): Promise<SessionFactRow[]> {
  const text = readsSessions(call) ? (await ask(call, contentsOfSession, null, uuid)).persistent : null;
  const { values, stated } = readContext(text);
  const facts = Object.keys(values).map((key): SessionFactRow => {
    const { at = null, step = null, field = null, refusal = null } = statedOf(stated, key) ?? {};
    return { key, statedAt: at, outcome: field !== null ? 'STORED' : refusal !== null ? 'REFUSED' : 'CONTEXT_ONLY', refusal, stepId: step, fieldId: field };
  });
  return facts.toSorted((one, other) => ((other.statedAt ?? '') < (one.statedAt ?? '') ? -1 : (other.statedAt ?? '') > (one.statedAt ?? '') ? 1 : one.key < other.key ? -1 : 1)).slice(0, most);
}

/** A key as REST shows it. */
export function showFact({ key, statedAt, outcome, refusal, stepId, fieldId }: SessionFactRow): object {
  return { key, statedAt, outcome, refusal, step: stepId === null ? null : toGlobalId('SessionStep', stepId), field: fieldId === null ? null : toGlobalId('ProfileField', fieldId) };
}
