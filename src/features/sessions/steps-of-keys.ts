import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { Holding } from './session-store.ts';

/** In which step of a session a key was stated. */
export interface StatedIn {
  readonly key: string;
  readonly step: Id<'SessionStep'>;
}

/** What an id names that is no step of the session. */
export const noSuchStep = (place: number): InvalidInput => new InvalidInput('There is no such step of this session. appendSessionStep returns its id.', ['input', 'statedIn', String(place), 'stepId']);

const steps = statement<{ id: Id<'SessionStep'>; isLast: boolean }>(
  'steps_that_state_keys',
  `select id, id = (select id from session_step where tenant_id = $1 and session_id = $2 and fencing_token = $3 order by sequence desc limit 1) as "isLast" from session_step
   where tenant_id = $1 and session_id = $2 and (id = any($4::uuid[]) or id = (select id from session_step where tenant_id = $1 and session_id = $2 and fencing_token = $3 order by sequence desc limit 1))`,
);

/**
 * The step that stated each key of a change: the one that is named, else the last one of this start; null of none. Throws
 * `InvalidInput` for a step of another session, for a key that the change does not state, and for one that is named twice.
 */
export async function stepsOfKeys(work: Work, { sessionId, fencingToken, statedIn, keys }: Holding & { readonly statedIn?: readonly StatedIn[] | null; readonly keys: readonly string[] }): Promise<(key: string) => Id<'SessionStep'> | null> {
  for (const [place, { key }] of (statedIn ?? []).entries()) {
    const at = ['input', 'statedIn', String(place), 'key'];
    if (!keys.includes(key)) throw new InvalidInput('persistentContext does not state this key.', at);
    if (statedIn?.findIndex((other) => other.key === key) !== place) throw new InvalidInput('Name each key once.', at);
  }
  const named = new Map((statedIn ?? []).map(({ key, step }) => [key, step]));
  const found = await work.rows(steps, [work.tenantId, sessionId, fencingToken, [...named.values()]]);
  const unknown = (statedIn ?? []).findIndex(({ step }) => !found.some(({ id }) => id === step));
  if (unknown >= 0) throw noSuchStep(unknown);
  const last = found.find(({ isLast }) => isLast)?.id ?? null;
  return (key) => named.get(key) ?? last;
}
