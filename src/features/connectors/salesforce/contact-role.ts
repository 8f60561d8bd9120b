import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import type { Reading } from '../reading.ts';
import { shortened } from '../vendor-values.ts';
import { changedAt, changeTimes, flag, recordId, ref, text } from './fields.ts';
import { parseRecord } from './parse-record.ts';

const role = z.looseObject({
  Id: recordId, ContactId: recordId, AccountId: recordId.nullish(), Contact: z.looseObject({ AccountId: recordId.nullish() }, 'must be an object').nullish(), Role: text, Roles: text, IsDirect: flag, IsDeleted: flag, ...changeTimes,
});

/**
 * The part that a contact plays: of an OpportunityContactRole in a deal, of an AccountContactRelation at its account. Of several
 * the one that changed last is shown; a role in a deal that was deleted clears it. Salesforce keeps it apart from the contact,
 * so it has a time of its own.
 */
export function readContactRole(kind: 'OpportunityContactRole' | 'AccountContactRelation', fields: unknown): Partial<Reading> {
  const record = parseRecord(role, kind, fields);
  const { Id, ContactId, AccountId, Contact, Role, Roles, IsDirect, IsDeleted } = record;
  const account = kind === 'AccountContactRelation' ? AccountId : Contact?.AccountId;
  if (!account) return { ignored: [{ reason: 'NO_ACCOUNT', message: `The ${kind} ${Id} names no account of its contact. Select ${kind === 'AccountContactRelation' ? 'AccountId' : 'Contact.AccountId'} with it.`, path: [] }] };
  // A contact is of one account here: of others in Salesforce, it is not known.
  if (kind === 'AccountContactRelation' && IsDirect === false) return { ignored: [{ reason: 'NOT_READ', message: `The AccountContactRelation ${Id} is of another account than the contact's own.`, path: [] }] };
  // It ends with the contact alone, or because the contact is now of another account: both are said by the contact itself.
  if (kind === 'AccountContactRelation' && IsDeleted === true) return { ignored: [{ reason: 'NOT_READ', message: `The AccountContactRelation ${Id} was deleted. The contact says to which account it belongs.`, path: [] }] };
  const { occurredAt, field } = changedAt(record);
  if (occurredAt === null) throw new InvalidInput('SystemModstamp must say when the record was changed.', ['SystemModstamp']);
  const given = kind === 'AccountContactRelation' ? Roles?.split(';').map((each) => each.trim()).filter((each) => each !== '').join(', ') : Role;
  const said = IsDeleted === true ? null : given === undefined ? undefined : given?.trim() ? shortened(given.trim(), 160) : null;
  if (said === undefined) return { ignored: [{ reason: 'NOT_READ', message: `The ${kind} ${Id} says no role. Select ${kind === 'AccountContactRelation' ? 'Roles' : 'Role'} with it.`, path: [] }] };
  const input = { account: { externalRef: ref(account) }, externalRef: ref(ContactId), role: said, mode: 'PATCH' as const, source: 'salesforce', occurredAt };
  return { records: [{ plural: 'contacts', input, path: [], names: { 'account.externalRef.id': kind === 'AccountContactRelation' ? 'AccountId' : 'Contact.AccountId', 'externalRef.id': 'ContactId', role: kind === 'AccountContactRelation' ? 'Roles' : 'Role', occurredAt: field } }] };
}
