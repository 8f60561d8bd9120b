import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { consentStates, holdConsent, mayEnrich } from '../consent/index.ts';

/** A contact about whom a provider may be asked. */
export interface AllowedPerson {
  readonly contactId: string;
  readonly subjectId: Id<'Subject'>;
  readonly email: string;
}

/** The most contacts of one call. */
const mostPeople = 10;

interface Found {
  readonly contactId: string;
  readonly subjectId: Id<'Subject'>;
  readonly email: Buffer | null;
  readonly wrapped: Buffer | null;
}

const columns = 'c.id as "contactId", c.subject_id as "subjectId", c.email_sealed as email, k.wrapped_key as wrapped';
const from = 'from contact c join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id and k.destroyed_at is null';
const ofAccount = statement<Found>('contacts_to_enrich', `select ${columns} ${from} where c.tenant_id = $1 and c.account_id = $2 and c.email_sealed is not null and (c.title is null or c.role is null) order by c.id limit 100`);
const ofIds = statement<Found>('contacts_still_to_enrich', `select ${columns} ${from} where c.tenant_id = $1 and c.account_id = $2 and c.id = any($3::uuid[]) and c.email_sealed is not null`);

/** The contacts of an account that lack a title or a role and consented to ENRICHMENT, at most ten. Their consent is held until the transaction ends. */
export async function peopleToAsk(work: Work, seal: Seal, accountId: string): Promise<AllowedPerson[]> {
  return (await allowedAmong(work, seal, await work.rows(ofAccount, [work.tenantId, accountId]))).slice(0, mostPeople);
}

/** Of contacts that a provider was asked about those whose consent still holds and who are still the account's. */
export async function peopleStillAllowed(work: Work, seal: Seal, { accountId, contactIds }: { readonly accountId: string; readonly contactIds: readonly string[] }): Promise<AllowedPerson[]> {
  return contactIds.length === 0 ? [] : allowedAmong(work, seal, await work.rows(ofIds, [work.tenantId, accountId, contactIds]));
}

/** A granted consent to the purpose ENRICHMENT, whose channel is NONE; an objection by whichever channel, and an erasure, win over it. */
async function allowedAmong(work: Work, seal: Seal, found: readonly Found[]): Promise<AllowedPerson[]> {
  const people = found.flatMap(({ contactId, subjectId, email, wrapped }) => {
    const address = seal.open(wrapped, email);
    return address === null ? [] : [{ contactId, subjectId, email: address }];
  });
  if (people.length === 0) return [];
  await holdConsent(work, people.map(({ subjectId }) => subjectId));
  const states = await consentStates(work, { tenantId: work.tenantId, now: work.now, seal }, people.map(({ subjectId }) => ({ subjectId, purpose: 'ENRICHMENT', channel: 'NONE' })));
  const allowed: AllowedPerson[] = [];
  for (const [index, person] of people.entries()) if (states[index]?.granted === true && (await mayEnrich(work, seal, person.email))) allowed.push(person);
  return allowed;
}
