import type { RecordInput } from '../../accounts/index.ts';
import type { Reading } from '../reading.ts';
import { shortened } from '../vendor-values.ts';
import { valueOf, type FetchedObject } from './fetched-object.ts';
import { hubspotRef, type ObjectPlace } from './read-company.ts';

const names = { 'account.externalRef.id': 'associations', name: 'properties.firstname', email: 'properties.email', title: 'properties.jobtitle', role: 'properties.hs_buying_role', occurredAt: 'properties.lastmodifieddate' };

/** A contact of a company as it is. */
export function readContact(contact: FetchedObject, { at, path }: ObjectPlace, companyId: string): Partial<Reading> {
  const name = [valueOf(contact, 'firstname'), valueOf(contact, 'lastname')].filter((part) => part !== null).join(' ');
  const input: RecordInput = {
    account: { externalRef: hubspotRef(companyId) }, externalRef: hubspotRef(contact.id),
    ...(name === '' ? {} : { name: shortened(name, 500) }), email: valueOf(contact, 'email'), title: bounded(valueOf(contact, 'jobtitle')), role: roleOf(contact),
    mode: 'PATCH', source: 'hubspot', occurredAt: at,
  };
  return { records: [{ plural: 'contacts', input, path, names }] };
}

const bounded = (value: string | null): string | null => value && shortened(value, 500);

/** The first of the roles that HubSpot lists, in words: `DECISION_MAKER;CHAMPION` is `Decision Maker`. */
function roleOf(contact: FetchedObject): string | null {
  const [first = ''] = valueOf(contact, 'hs_buying_role')?.split(';') ?? [];
  const words = first.trim().toLowerCase().split(/[_\s]+/).filter((word) => word !== '');
  return words.length === 0 ? null : shortened(words.map((word) => (word === 'and' ? word : `${word.charAt(0).toUpperCase()}${word.slice(1)}`)).join(' '), 500);
}
