import { hasChildMembers, keyFormsIn } from '../../platform/child-data.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { Suppressed } from '../../platform/errors.ts';
import { IdempotencyKeyTaken } from './errors.ts';
import { lifetimes, secondsAfter } from './lock-times.ts';
import { copyActive, copyLock, sessionKeys } from './session-copies.ts';
import { jsonText, objectText } from './session-context.ts';
import { checkIdempotencyKey, findRequest, keepRequest, type NamedRequest } from './session-requests.ts';
import { lockAsHolder, type Holding, type LockedSession } from './session-store.ts';
import type { SessionCall } from './start-session.ts';
import { sessionStepAppended } from './sessions.events.ts';

/** A step as its holder states it. */
export interface StepStatement extends Holding {
  /** Any JSON value; kept sealed. */
  readonly content: unknown;
  /** The active context after the step; unchanged when absent or null. */
  readonly activeContext?: unknown;
  /** Known again when the step is repeated: it then returns the step that the first request stored. */
  readonly idempotencyKey?: string | null;
}

/** A step that was stored. */
export interface AppendedStep {
  readonly id: Id<'SessionStep'>;
  readonly sequence: number;
  /** When it was recorded. RFC 3339. */
  readonly at: string;
  /** Until when the lock holds now. RFC 3339. */
  readonly expiresAt: string;
  /** Whether an earlier request with the same idempotency key stored it. */
  readonly repeated: boolean;
}

const stepById = statement<{ sequence: number; at: string }>('step_of_repeated_request', 'select sequence, recorded_at as at from session_step where tenant_id = $1 and id = $2');
const append = statement<{ sequence: number; activeVersion: number }>(
  'append_session_step',
  `with own as (
     update agent_session set last_step = last_step + 1, lock_expires_at = $4, changed_at = $5, active_sealed = coalesce($6, active_sealed, $9), active_expires_at = $7,
       active_version = active_version + (case when $6::bytea is null and active_sealed is not null then 0 else 1 end)
     where tenant_id = $1 and id = $2 and fencing_token = $3 returning last_step, active_version
   ), step as (
     insert into session_step (tenant_id, id, session_id, sequence, fencing_token, content_sealed, recorded_at, holds_child_data)
     select $1, $10, $2, own.last_step, $3, $8, $5, $11 or exists (select from field_definition d where d.tenant_id = $1 and d.holds_child_data and replace(d.name, '_', '') = any($12::text[])) from own
   )
   select last_step as sequence, active_version as "activeVersion" from own`,
);

/**
 * Appends a reasoning step, replaces the active context if one is stated, and renews the lock. A repeated request changes
 * nothing. Throws `LockIsStale` for a token that no longer holds the lock.
 */
export async function appendStep(call: SessionCall, step: StepStatement): Promise<AppendedStep> {
  const { seal, copies, tenantId } = call;
  const content = jsonText(step.content, ['input', 'content']);
  const active = step.activeContext === undefined || step.activeContext === null ? null : objectText(step.activeContext, ['input', 'activeContext']);
  const keyPath = ['input', 'idempotencyKey'];
  const request: NamedRequest = { key: checkIdempotencyKey(step.idempotencyKey, keyPath), asked: ['step', content, active], path: keyPath };
  const { session, stored, activeSealed } = await call.transact(async (work) => {
    const session = await lockAsHolder(work, step);
    if (session.wrappedKey === null) throw new Suppressed([]);
    const repeated = await storedBefore(work, seal, { session, request });
    if (repeated) return { session, activeSealed: null, stored: { ...repeated, activeVersion: session.activeVersion } };
    const key = seal.unwrap(session.wrappedKey);
    const id = work.newId<'SessionStep'>();
    const activeSealed = active === null ? null : seal.seal(key, active);
    const expiresAt = secondsAfter(work.now, lifetimes.lock);
    const [row] = await work.rows(append, [work.tenantId, session.id, step.fencingToken, expiresAt, work.now, activeSealed, secondsAfter(work.now, lifetimes.activeContext), seal.seal(key, content), seal.seal(key, '{}'), id, hasChildMembers(step.content), keyFormsIn(step.content)]);
    if (!row) throw new Error('the session that is locked is not there');
    await keepRequest(work, seal, { session, request, made: { fencingToken: step.fencingToken, resumed: null, stepId: id } });
    work.record(sessionStepAppended.fact({ accountId: session.accountId, data: { sessionId: session.id, fencingToken: step.fencingToken, stepId: id } }));
    return { session, activeSealed, stored: { id, sequence: row.sequence, at: work.now, expiresAt, repeated: false, activeVersion: row.activeVersion } };
  });
  const keys = sessionKeys(tenantId, session);
  await copyActive(copies, keys, { version: stored.activeVersion, sealed: activeSealed });
  if (!stored.repeated) await copyLock(copies, keys, session.lockId);
  const { activeVersion: _version, ...appended } = stored;
  return appended;
}

/** The step that an earlier request with the same key stored; null if the request is new. */
async function storedBefore(work: Work, seal: Seal, { session, request }: { readonly session: LockedSession; readonly request: NamedRequest }): Promise<AppendedStep | null> {
  const earlier = await findRequest(work, seal, { session, request });
  if (!earlier) return null;
  const [row] = earlier.stepId === null ? [] : await work.rows(stepById, [work.tenantId, earlier.stepId]);
  if (!row || earlier.stepId === null) throw new IdempotencyKeyTaken(request.path);
  return { id: earlier.stepId, ...row, expiresAt: session.lockExpiresAt ?? work.now, repeated: true };
}
