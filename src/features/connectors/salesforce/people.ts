import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AccountStatement } from '../../accounts/index.ts';
import { signalOf } from '../change-signals.ts';
import type { ReadDeletion, Reading } from '../reading.ts';
import { readInstant, shortened } from '../vendor-values.ts';
import { parseRecord } from './parse-record.ts';
import type { SalesforceSettings } from './settings.ts';
import { changedAt, changeTimes, digitsOf, flag, moneyOf, number, recordId, ref, stated, text } from './fields.ts';

const account = z.looseObject({ Id: recordId, Name: text, Industry: text, Website: text, NumberOfEmployees: number.nullish(), AnnualRevenue: number.nullish(), CurrencyIsoCode: text, Owner: z.looseObject({ Name: text, Email: text }, 'must be an object').nullish(), IsDeleted: flag, ...changeTimes });
const contact = z.looseObject({ Id: recordId, AccountId: recordId.nullish(), Name: text, FirstName: text, LastName: text, Email: text, Title: text, CreatedDate: text, IsDeleted: flag, ...changeTimes });

/** An account as it is after a change. */
export function readAccount(fields: unknown, { currency }: SalesforceSettings = {}): Partial<Reading> {
  const record = parseRecord(account, 'Account', fields);
  const { occurredAt } = changedAt(record);
  if (record.IsDeleted === true) return { deletions: [deletion('Account', record.Id, occurredAt)] };
  const { Id, Name, Industry, Website, NumberOfEmployees, AnnualRevenue, CurrencyIsoCode, Owner } = record;
  const given = stated({
    name: Name?.trim() ? shortened(Name, 500) : undefined, industry: Industry, website: Website, employeeCount: NumberOfEmployees ? Number(digitsOf(NumberOfEmployees)) : NumberOfEmployees, revenue: moneyOf(AnnualRevenue, CurrencyIsoCode ?? currency, 'AnnualRevenue'),
    owner: ownerOf(Owner),
  });
  const input: AccountStatement = { ...given, externalRef: ref(Id), mode: 'PATCH', source: 'salesforce', ...(occurredAt === null ? {} : { occurredAt }) };
  return { accounts: [{ input, path: [] }] };
}

/** Who owns a record, where the query selected it (`Owner.Name`, `Owner.Email`). */
function ownerOf(owner: { readonly Name?: string | null | undefined; readonly Email?: string | null | undefined } | null | undefined): { name: string; email?: string } | null | undefined {
  if (!owner) return owner;
  const name = owner.Name?.trim() || owner.Email?.trim();
  if (!name) return undefined;
  return { name: shortened(name, 500), ...(owner.Email?.trim() ? { email: shortened(owner.Email.trim(), 320) } : {}) };
}

/** A contact as it is after a change. */
export function readContact(fields: unknown): Partial<Reading> {
  const record = parseRecord(contact, 'Contact', fields);
  const { occurredAt, field } = changedAt(record);
  if (record.IsDeleted === true) return { deletions: [deletion('Contact', record.Id, occurredAt)] };
  const { Id, AccountId, Name, FirstName, LastName, Email, Title, CreatedDate } = record;
  if (!AccountId) return { ignored: [{ reason: 'NO_ACCOUNT', message: `The contact ${Id} belongs to no account in Salesforce.`, path: [] }] };
  const whole = [FirstName, LastName].filter((part) => part?.trim()).join(' ');
  const name = Name?.trim() ? Name : whole === '' ? undefined : whole;
  const input = { account: { externalRef: ref(AccountId) }, externalRef: ref(Id), ...stated({ name, email: emptied(Email), title: emptied(Title) }), mode: 'PATCH' as const, source: 'salesforce', ...(occurredAt === null ? {} : { occurredAt }) };
  const createdAt = readInstant(CreatedDate, ['CreatedDate']);
  const signals = createdAt === null ? [] : [{ statement: signalOf('salesforceContactCreated', { account: { externalRef: ref(AccountId) }, event: `contact/${unnamed(Id)}/${AccountId.slice(0, 15)}`, occurredAt: createdAt, payload: {} }), path: [] }];
  return { records: [{ plural: 'contacts', input, path: [], names: { ...contactNames, occurredAt: field } }], signals };
}

const contactNames = { 'account.externalRef.id': 'AccountId', 'externalRef.id': 'Id', name: 'Name', email: 'Email', title: 'Title' };

/** Tells contacts apart without their id: an erasure takes references, and does not look for them in signals. */
const unnamed = (id: string): string => createHash('sha256').update(id.slice(0, 15)).digest('hex').slice(0, 32);

/** A text that is empty is no value. */
const emptied = (value: string | null | undefined): string | null | undefined => (value?.trim() === '' ? null : value);

/** That Salesforce deleted a record. */
export function deletion(type: string, id: string, occurredAt: string | null): ReadDeletion {
  return { type, externalRef: ref(id), source: 'salesforce', occurredAt, reason: null, path: [], names: { 'externalRef.id': 'Id' } };
}
