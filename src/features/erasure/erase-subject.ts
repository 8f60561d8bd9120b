import { Conflict, InvalidInput, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Signer } from '../../platform/signing.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { subjectErased } from './erasure.events.ts';
import { previewErasure, previewPerson, type ErasureItem, type ErasurePreview, type FoundPerson, type PersonArgs } from './preview-erasure.ts';
import { keepReceipt } from './receipt.ts';

/** What is held is no longer what the preview showed; nothing was erased. */
export class PreviewOutdated extends Conflict {
  /** What would be erased now. */
  readonly preview: ErasurePreview;

  constructor({ digest, emails, keptWords, items, staying, notSearched }: ErasurePreview) {
    super('What is held on the person is no longer what the preview showed. Look at the new one, and erase by its digest.', ['previewDigest']);
    this.preview = { digest, emails, keptWords, items, staying, notSearched };
  }
}

/** What an erasure is done with. */
export interface ErasureMeans {
  readonly seal: Seal;
  readonly signer: Signer;
  readonly places: readonly PersonalPlace[];
}

const lockSubjects = statement('lock_subjects_to_erase', 'select 1 from subject_key where tenant_id = $1 and subject_id = any($2::uuid[]) order by subject_id for update');
const destroy = statement<{ wrapped: Buffer }>(
  'destroy_keys',
  // Nobody who holds the master key can find out any more whose it was.
  `update subject_key set wrapped_key = null, destroyed_at = $3, lookup = sha256(convert_to(gen_random_uuid()::text, 'UTF8'))
   where tenant_id = $1 and subject_id = any($2::uuid[]) and destroyed_at is null returning old.wrapped_key as wrapped`,
);

/**
 * Erases the person of an address, or of a contact, from everywhere, if what is held is still what the preview of this digest showed:
 * consents are revoked, texts lose the person's names, keys are destroyed, and a receipt is signed. Who tells of the
 * person afterwards begins anew. Throws `PreviewOutdated`, or `NotFound` where nothing is held.
 */
export async function eraseSubject(work: Work, { seal, signer, places }: ErasureMeans, { email, contactId, includeRows, previewDigest }: PersonArgs & { readonly previewDigest: string }): Promise<Id<'ErasureReceipt'>> {
  if (!/^[0-9a-f]{64}$/.test(previewDigest)) throw new InvalidInput('This must be the digest of an erasurePreview.', ['previewDigest']);
  const scope = { sql: work, tenantId: work.tenantId, now: work.now, seal };
  // Locked in the order in which everybody locks: accounts, then people. Then looked at again: who waited may find less.
  const who = { email: email ?? null, contactId: contactId ?? null, includeRows: includeRows ?? null };
  const before = await previewErasure(scope, places, who);
  await lockAccounts(work, before.accountIds);
  await work.rows(lockSubjects, [work.tenantId, [...before.person.subjects.keys()]]);
  const found = await previewErasure(scope, places, who);
  if (found.digest !== previewDigest) throw new PreviewOutdated(found);
  if (found.items.length === 0) throw new NotFound('Nothing is held on this person.', [who.email === null ? 'contactId' : 'email']);
  return eraseFound(work, { seal, signer, places }, found);
}

/** Erases a person again whom a restored backup brought back. Returns null when they were erased together with somebody already. */
export async function repeatErasure(work: Work, { seal, signer, places }: ErasureMeans, subjectId: Id<'Subject'>): Promise<Id<'ErasureReceipt'> | null> {
  const found = await previewPerson({ sql: work, tenantId: work.tenantId, now: work.now, seal }, places, { subjectId });
  return found.person.subjects.size === 0 ? null : eraseFound(work, { seal, signer, places }, found);
}

async function eraseFound(work: Work, { seal, signer, places }: ErasureMeans, found: FoundPerson): Promise<Id<'ErasureReceipt'>> {
  const subjectIds = [...found.person.subjects.keys()];
  for (const { erase } of places) await erase?.(work, seal, found.person);
  for (const { wrapped } of await work.rows(destroy, [work.tenantId, subjectIds, work.now])) seal.forget(wrapped);
  // Without the texts.
  const items = found.items.map(({ kind, count, kept, reason }): ErasureItem => ({ kind, count, kept, reason }));
  const id = await keepReceipt(work, signer, { previewDigest: found.digest, subjectIds, items });
  work.record(subjectErased.fact({ accountId: null, data: { erasureReceiptId: id, subjectIds, items: items.map(({ kind, count, kept }) => ({ kind, count, kept })) } }));
  return id;
}
