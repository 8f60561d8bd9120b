import type { Seal } from '../../platform/postgres/seal.ts';
import { MalformedReference, nameKey, normaliseReference, systemFamily, systemsWithForm, thingKey } from '../accounts/index.ts';
import { corporateDomain, domainOfEmail } from './corporate-domain.ts';
import type { AddressOfAccount, MatchedAccount, MatchedContact, ReferenceOfNode } from './load-nodes.ts';
import { placeOfReference, placesOfAccount } from './vendor-places.ts';
import type { MatchKindName, MatchRuleName } from './match-rules.ts';

/** What can make a node the same as another: a rule, and the value that both must have. */
export interface MatchValue {
  readonly rule: MatchRuleName;
  readonly value: string;
}

/** A node with its keys, as they are stored: digests. */
export interface KeyedNode {
  readonly kind: MatchKindName;
  readonly id: string;
  /** Where it stands among nodes with the same key. */
  readonly place: string;
  readonly keys: readonly { readonly rule: MatchRuleName; readonly key: string }[];
}

type Reference = Pick<ReferenceOfNode, 'system' | 'id'>;

/** A reference in the one form of its system's family; null for one that no other node can have in another way. */
export function sharedReference({ system, id }: Reference): string | null {
  if (id.startsWith('erased:')) return null;
  // One system may know the id of another, and then says whose it is: `salesforce:001…`.
  const [, named = '', rest = ''] = /^([a-z][a-z0-9_-]{0,63}):(.+)$/s.exec(id) ?? [];
  const meant = systemsWithForm.has(named) ? { system: named, id: rest } : { system, id };
  if (!systemsWithForm.has(meant.system)) return null;
  try {
    return `${systemFamily(meant.system)}:${normaliseReference(meant)}`;
  } catch (error) {
    // An earlier version may have stored what is refused today.
    if (error instanceof MalformedReference) return null;
    throw error;
  }
}

/** The corporate domain that a reference of an account names, if any. */
export function domainOfReference(reference: Reference): string | null {
  const [family, value = ''] = (sharedReference(reference) ?? '').split(/:(.*)/s);
  if (family === 'domain') return corporateDomain(value);
  return family === 'email' ? domainOfEmail(value) : null;
}

const values = (rule: MatchRuleName, found: readonly (string | null)[]): MatchValue[] => [...new Set(found)].flatMap((value) => (value === null || value === '' ? [] : [{ rule, value }]));

/** By what an account can be the same as another. A stub's name is only an id. */
export function valuesOfAccount(account: MatchedAccount, references: readonly Reference[], emails: readonly string[]): MatchValue[] {
  const { name, website, isStub } = account;
  return [
    ...values('SAME_REFERENCE', references.map(sharedReference)),
    ...values('SAME_DOMAIN', [website === null ? null : corporateDomain(website), ...references.map(domainOfReference)]),
    ...values('SAME_PLACE', [...placesOfAccount(account).map(([place]) => place), ...references.map(placeOfReference)]),
    ...values('SAME_CONTACT_DOMAIN', emails.map(domainOfEmail)),
    ...values('SAME_NAME', isStub ? [] : [thingKey(name)]),
  ];
}

/** By what a contact can be the same as another. Addresses are compared by whose key they are sealed with, which is one per address. */
export function valuesOfContact({ accountId, subjectId, email }: MatchedContact, references: readonly Reference[], name: string | null): MatchValue[] {
  const subject = email === null ? null : subjectId;
  return [
    ...values('SAME_REFERENCE', references.map(sharedReference)),
    ...values('SAME_EMAIL', [subject && `${accountId} ${subject}`]),
    ...values('SAME_EMAIL_ELSEWHERE', [subject]),
    ...values('SAME_NAME', [name && `${accountId} ${nameKey(name)}`]),
  ];
}

/** Makes the keys of nodes: digests that tell whether two values are equal, and nothing else. */
export function createKeyMaker(seal: Seal, tenantId: string) {
  const digest = (text: string): string => seal.fingerprint(`match\n${text}`).slice(0, 32);
  const keyed = (kind: MatchKindName, id: string, references: readonly Reference[], found: readonly MatchValue[]): KeyedNode => {
    const first = references[0];
    return { kind, id, place: digest(`place\n${first ? `${first.system}\n${first.id}` : id}`), keys: found.map(({ rule, value }) => ({ rule, key: digest(`${tenantId}\n${rule}\n${value}`) })) };
  };
  return {
    account(account: MatchedAccount, references: readonly Reference[], addresses: readonly AddressOfAccount[]): KeyedNode {
      const emails = addresses.flatMap(({ wrapped, email }) => seal.open(wrapped, email) ?? []);
      return keyed('ACCOUNT', account.id, references, valuesOfAccount(account, references, emails));
    },
    contact(contact: MatchedContact, references: readonly Reference[]): KeyedNode {
      return keyed('CONTACT', contact.id, references, valuesOfContact(contact, references, seal.open(contact.wrapped, contact.name)));
    },
  };
}
