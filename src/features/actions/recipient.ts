import type { Id } from '../../platform/ids.ts';
import { subjectsById, type Seal, type Subject } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { survivorOf } from '../accounts/index.ts';
import { consentStates, holdConsent, objectsToProfiling } from '../consent/index.ts';
import { outreachConsent } from './evidence.ts';

/** Whom an action is addressed to. */
export interface Recipient {
  readonly contactId: Id<'Contact'>;
  readonly subject: Subject;
  readonly email: string;
  readonly name: string | null;
  readonly title: string | null;
  readonly role: string | null;
}

/** Why nobody can be addressed. */
export type NoRecipient = 'NO_CONTACT' | 'NO_CONSENT';

interface Candidate {
  readonly contactId: Id<'Contact'>;
  readonly subjectId: Id<'Subject'>;
  readonly email: Buffer | null;
  readonly name: Buffer | null;
  readonly title: string | null;
  readonly role: string | null;
  readonly wrappedKey: Buffer | null;
}

const reachable = `from account a join contact c on c.tenant_id = a.tenant_id and c.account_id = a.id
   join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id and k.destroyed_at is null`;
const asked = `where a.tenant_id = $1 and a.id = $2 and c.email_sealed is not null and ($3::uuid is null or c.id = ${survivorOf('$3::uuid')})`;
// Consent is asked for here and not of the first so many: the one who gave it may stand behind hundreds who did not.
const willing = `join consent s on s.tenant_id = c.tenant_id and s.subject_id = c.subject_id and s.purpose = $4 and s.channel = $5 and s.granted and (s.expires_at is null or s.expires_at > $6::timestamptz)
     and not ${objectsToProfiling('c.subject_id')} and not exists (select from merged_consents($1, c.subject_id, $4, $5) m where not m.granted or m.expires_at <= $6::timestamptz)`;
const firstWilling = statement<Candidate>(
  'recipient_of_account',
  `select c.id as "contactId", c.subject_id as "subjectId", c.email_sealed as email, c.name_sealed as name, c.title, c.role, k.wrapped_key as "wrappedKey"
   ${reachable} ${willing}
   ${asked} order by (c.id = ${survivorOf('a.primary_champion_id')}) is true desc, (c.role = 'Economic Buyer') is true desc, c.occurred_at desc,
     (select min(r.system || ' ' || r.external_id collate "C") from external_ref r where r.tenant_id = c.tenant_id and r.node_id = c.id), c.id limit 1`,
);
const anybody = statement('contact_to_address', `select 1 ${reachable} ${asked} limit 1`);
const ofAccounts = `where a.tenant_id = $1 and a.id = given.id and c.email_sealed is not null`;
const withoutRecipient = statement<{ accountId: Id<'Account'>; why: NoRecipient }>(
  'accounts_without_recipient',
  `select given.id as "accountId", case when exists (select ${reachable} ${ofAccounts}) then 'NO_CONSENT' else 'NO_CONTACT' end as why
   from unnest($2::uuid[]) as given(id) where not exists (select ${reachable} ${willing} ${ofAccounts}) and $3::uuid is null`,
);

/** Of some accounts, those at which nobody can be addressed, with the reason, in one statement; `chooseRecipient` says the same of each. */
export async function accountsWithoutRecipient(work: Work, accountIds: readonly string[]): Promise<ReadonlyMap<string, NoRecipient>> {
  if (accountIds.length === 0) return new Map();
  const rows = await work.rows(withoutRecipient, [work.tenantId, accountIds, null, outreachConsent.purpose, outreachConsent.channel, work.now]);
  return new Map(rows.map(({ accountId, why }) => [accountId, why]));
}

/**
 * Whom to write to at an account: the primary champion, else the economic buyer, else the contact heard of last, of those
 * who consent to outreach by e-mail, of two at one instant the one with the smaller external reference; or the one contact that is asked for, if they do. Consents are held until the
 * transaction ends.
 */
export async function chooseRecipient(work: Work, seal: Seal, accountId: Id<'Account'>, contactId: string | null): Promise<Recipient | NoRecipient> {
  const about = [work.tenantId, accountId, contactId];
  const [willing] = await work.rows(firstWilling, [...about, outreachConsent.purpose, outreachConsent.channel, work.now]);
  if (!willing) return (await work.rows(anybody, about)).length > 0 ? 'NO_CONSENT' : 'NO_CONTACT';
  // Asked again once it is held: it may have been revoked in between.
  await holdConsent(work, [willing.subjectId]);
  const [held] = await consentStates(work, { tenantId: work.tenantId, now: work.now, seal }, [{ subjectId: willing.subjectId, ...outreachConsent }]);
  const subject = (await subjectsById(work, seal, [willing.subjectId])).get(willing.subjectId);
  const email = seal.open(willing.wrappedKey, willing.email);
  if (!held?.granted || !subject || email === null) return 'NO_CONSENT';
  const { title, role } = willing;
  return { contactId: willing.contactId, subject, email, name: seal.open(willing.wrappedKey, willing.name), title, role };
}
