import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { cancelOnRevocation } from '../actions/index.ts';
import { holdConsent, mergedPeople, type RevokedConsent } from '../consent/index.ts';

const people = statement<{ id: Id<'Subject'> }>(
  'people_of_contacts',
  `select distinct s.subject_id as id from source_statement s join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id and k.destroyed_at is null
   where s.tenant_id = $1 and s.node_id = any($2::uuid[]) and s.subject_id is not null`,
);

/** The data subjects that some contacts are about, by what sources said of each of them. */
export async function peopleOfContacts(work: Work, contactIds: readonly string[]): Promise<Id<'Subject'>[]> {
  return contactIds.length === 0 ? [] : (await work.rows(people, [work.tenantId, contactIds])).map(({ id }) => id);
}

const withdrawn = statement<Omit<RevokedConsent, 'cause'>>(
  'withdrawn_consents_of_people',
  `select id as "consentId", version, subject_id as "subjectId", purpose, channel from consent where tenant_id = $1 and subject_id = any($2::uuid[]) and not granted order by id`,
);

/**
 * Contacts were merged: what the person withdrew by one address holds for all of them, so what is addressed to any of them
 * and rests on it is cancelled. Nobody grants or withdraws meanwhile.
 */
export async function stopWhatWasWithdrawn(work: Work, contactIds: readonly string[]): Promise<void> {
  const subjects = await mergedPeople(work, await peopleOfContacts(work, contactIds));
  await holdConsent(work, subjects);
  const revoked = await work.rows(withdrawn, [work.tenantId, subjects]);
  if (revoked.length > 0) await cancelOnRevocation.react(work, revoked.map((consent) => ({ ...consent, cause: 'STATEMENT' as const })));
}
