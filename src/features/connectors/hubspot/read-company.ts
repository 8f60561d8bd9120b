import type { AccountStatement } from '../../accounts/index.ts';
import type { Reading } from '../reading.ts';
import { companyField } from './company-field.ts';
import { valueOf, type FetchedObject } from './fetched-object.ts';

/** Where a fetched object is stated, and what it refers to. */
export interface ObjectPlace {
  /** As of when. */
  readonly at: string;
  readonly path: readonly string[];
}

/** A user of HubSpot who owns records. */
export interface Owner {
  readonly name: string;
  readonly email: string | null;
}

/** What HubSpot calls a thing. */
export const hubspotRef = (id: string): { system: string; id: string } => ({ system: 'hubspot', id });

const statedProperties = ['name', 'domain', 'industry', 'numberofemployees'];

/** A company as it is: the properties that events state, and its owner. Properties that cannot be read say nothing. */
export function readCompany(company: FetchedObject, { at, path }: ObjectPlace, owners: ReadonlyMap<string, Owner>): Partial<Reading> {
  const fields = Object.assign({}, ...statedProperties.map((name) => companyField(name, valueOf(company, name) ?? '') ?? {})) as Partial<AccountStatement>;
  const input: AccountStatement = { ...fields, ...ownerOf(company, owners), externalRef: hubspotRef(company.id), mode: 'PATCH', source: 'hubspot', occurredAt: at };
  return { accounts: [{ input, path }] };
}

/** An owner whom HubSpot does not list is not known, which is not the same as none. */
function ownerOf(company: FetchedObject, owners: ReadonlyMap<string, Owner>): Pick<AccountStatement, 'owner'> {
  const id = valueOf(company, 'hubspot_owner_id');
  if (id === null) return { owner: null };
  const owner = owners.get(id);
  return owner ? { owner } : {};
}
