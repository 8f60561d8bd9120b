import type { Id } from '../../../platform/ids.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { sessionCopyCleared } from '../../sessions/index.ts';
import { isCopyDue } from './wake-copies.ts';

/** A session whose copy a run writes alone. */
export interface ClaimedCopy {
  readonly sessionId: Id<'Session'>;
  readonly contactId: string;
  /** Whether the contact was erased, so that the copy is cleared. */
  readonly isErased: boolean;
}

/** A run, as claims name it. */
export type CopyRun = Id<'CopyRun'>;

/** How long a claim holds, longer than a call with all its attempts; then another run may write. Also the pause after a session that could not be copied. */
const claimHolds = '5 minutes';

// A copy may be there as soon as the vendor is called: the version is 0 then, not null, so that an erasure waits until it is cleared.
const claim = statement<ClaimedCopy>(
  'claim_session_copies',
  `with due as (
     select s.id from agent_session s where s.tenant_id = $1 and ${isCopyDue('s')} and (s.copy_claimed_until is null or s.copy_claimed_until <= $3)
     order by s.id limit 50 for update skip locked
   )
   update agent_session s set copy_claim = $2, copy_claimed_until = $3::timestamptz + interval '${claimHolds}', chatwoot_version = coalesce(s.chatwoot_version, 0) from due
   where s.tenant_id = $1 and s.id = due.id returning s.id as "sessionId", s.contact_id as "contactId", s.erased_at is not null as "isErased"`,
);
const giveBack = statement('release_session_copies', 'update agent_session set copy_claim = null, copy_claimed_until = null where tenant_id = $1 and copy_claim = $2');
const giveOneBack = statement('release_session_copy', 'update agent_session set copy_claim = null, copy_claimed_until = null where tenant_id = $1 and copy_claim = $2 and id = $3');
const cleared = statement<{ id: string }>('note_cleared_copy', 'update agent_session set chatwoot_version = null, chatwoot_synced_at = $4, copy_claim = null, copy_claimed_until = null where tenant_id = $1 and copy_claim = $2 and id = $3 and erased_at is not null returning id');

/** Claims sessions whose copies are behind; those that another run writes are left to it. */
export function claimCopies(work: Work, run: CopyRun): Promise<ClaimedCopy[]> {
  return work.rows(claim, [work.tenantId, run, work.now]);
}

/** Gives one claim of a run back. */
export async function releaseCopy(work: Work, run: CopyRun, sessionId: string): Promise<void> {
  await work.rows(giveOneBack, [work.tenantId, run, sessionId]);
}

/** Gives back all that a run still claims. */
export async function releaseCopies(work: Work, run: CopyRun): Promise<void> {
  await work.rows(giveBack, [work.tenantId, run]);
}

/** Notes that the copy of an erased contact is gone and records it, so that the session can be deleted. */
export async function noteCleared(work: Work, run: CopyRun, sessionId: string): Promise<void> {
  const rows = await work.rows(cleared, [work.tenantId, run, sessionId, work.now]);
  if (rows.length > 0) work.record(sessionCopyCleared.fact({ accountId: null, data: { sessionId } }));
}
