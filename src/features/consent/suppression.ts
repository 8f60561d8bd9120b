import { Conflict, Suppressed } from '../../platform/errors.ts';
import { findAddresses, replaceAddresses } from '../../platform/mask-addresses.ts';
import { counter } from '../../platform/metrics.ts';
import { normaliseEmail } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** The name of a person on the suppression list: an address in its one form. */
export const suppressedEmail = (email: string): string => `email:${normaliseEmail(email)}`;
/** The name of a contact on the suppression list: what another system calls it. */
export const suppressedContact = ({ system, id }: { readonly system: string; readonly id: string }): string => `contact:${system}\n${id}`;

const suppressed = statement<{ name: string }>('suppressed_names', 'select name from suppressed_names($1::text[]) as s(name)');

/** Which names are on the suppression list; one statement, none without names. */
export async function suppressedNames(work: Work, names: Iterable<string>): Promise<ReadonlySet<string>> {
  const asked = [...new Set(names)];
  return new Set(asked.length === 0 ? [] : (await work.rows(suppressed, [asked])).map(({ name }) => name));
}

/** What of some values is about people on the suppression list. */
export interface SuppressionCheck {
  /** Whether a value, text or JSON, holds an address on the list. */
  holds(value: unknown): boolean;
  /** A text with `[erased]` in the place of addresses on the list. */
  without(text: string): string;
  /** Whether a contact that another system names so is on the list. */
  isContact(ref: { readonly system: string; readonly id: string }): boolean;
}

/** Looks every address in some values up, and some contacts; one statement however many. */
export async function checkSuppression(work: Work, asked: { readonly values: readonly unknown[]; readonly contacts?: readonly { readonly system: string; readonly id: string }[] }): Promise<SuppressionCheck> {
  const addresses = findAddresses(asked.values);
  const names = await suppressedNames(work, [...[...addresses].map(suppressedEmail), ...(asked.contacts ?? []).map(suppressedContact)]);
  const isListed = (address: string): boolean => names.has(suppressedEmail(address));
  return {
    holds: (value) => names.size > 0 && [...findAddresses(value)].some(isListed),
    without: (text) => (names.size === 0 ? text : replaceAddresses(text, (address) => (isListed(address) ? '[erased]' : null))),
    isContact: (ref) => names.has(suppressedContact(ref)),
  };
}

/** Throws `Conflict` if a person whose address is in some values was erased since they were checked. Nothing of the transaction may be stored then. One statement; none without addresses. */
export async function refuseErasedMeanwhile(work: Work, values: readonly unknown[]): Promise<void> {
  if ((await suppressedNames(work, [...findAddresses(values)].map(suppressedEmail))).size > 0) throw new Conflict('A person in this call was erased at this moment; nothing was stored. Send the call again.');
}

/** What a source sent about a person on the list. */
export type SuppressedKind = 'contact' | 'message' | 'session' | 'record' | 'account' | 'signal' | 'profile_field' | 'document' | 'consent' | 'objection';
const count = counter('suppressed_items_total', 'Items that sources sent about people who were erased, by kind: they were not stored, or stored without the person. A rise means that a source still holds somebody who was erased here; remove them there.', ['kind']);

/** Counts items about people on the list, once the transaction has committed. */
export function countSuppressed(work: Work, kind: SuppressedKind, items: number): void {
  if (items > 0) work.afterCommit(() => count.inc({ kind }, items));
}

/** Counts an item that is refused by itself, whose transaction leaves nothing behind, and returns why. */
export function suppressedItem(kind: SuppressedKind, path: readonly string[]): Suppressed {
  count.inc({ kind });
  return new Suppressed(path);
}

const suppress = statement(
  'suppress_names',
  `insert into suppression (tenant_id, key, group_id, suppressed_at) select distinct $1::uuid, erased_key('suppressed:' || name), $2::uuid, $4::timestamptz from unnest($3::text[]) as n(name)
   on conflict (tenant_id, key) do update set group_id = excluded.group_id, suppressed_at = excluded.suppressed_at, lifted_at = null`,
);

/** Puts a person who is being erased on the list, under all their names together. */
export async function suppressPerson(work: Work, names: readonly string[]): Promise<void> {
  if (names.length > 0) await work.rows(suppress, [work.tenantId, work.newId(), names, work.now]);
}

const lift = statement<{ key: string }>(
  'lift_suppression',
  `update suppression s set lifted_at = $3 where s.tenant_id = $1 and s.lifted_at is null
     and s.group_id = (select group_id from suppression where tenant_id = $1 and key = erased_key('suppressed:' || $2) and lifted_at is null) returning s.key`,
);

/** Takes a person off the list, under all the names that were erased together. Returns how many names. */
export async function liftSuppression(work: Work, email: string): Promise<number> {
  return (await work.rows(lift, [work.tenantId, suppressedEmail(email), work.now])).length;
}
