import { InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { upsertAccounts, type AccountStatement } from '../accounts/index.ts';
import type { Reference } from './vendor-settings.ts';

/** A place at a vendor that settings give to an account. */
export interface AccountPlace {
  readonly account: Reference;
  readonly field: 'jiraProjectKey' | 'slackChannelId';
  readonly value: string;
}

/** The source of what settings say. It keeps no section of the context fresh: nothing was heard of the vendor yet. */
const source = 'settings';
/** The most accounts in one call. */
const portion = 1_000;

/**
 * States on accounts which place settings give to them, so that contexts show it and other accounts match by it. An account
 * that had a place in the settings before and has none now has none. Of several places of an account the last one is shown.
 * What settings said before is stated again, also by an earlier version, which stated nothing. Throws `InvalidInput` for a reference that its system cannot have.
 */
export async function statePlaces(work: Work, seal: Seal, { before, after }: { readonly before: readonly AccountPlace[]; readonly after: readonly AccountPlace[] }): Promise<void> {
  const key = ({ account: { system, id }, field }: AccountPlace): string => `${field} ${system}:${id}`;
  const wanted = new Map(after.map((place) => [key(place), place]));
  const gone = new Map(before.filter((place) => !wanted.has(key(place))).map((place) => [key(place), { ...place, value: null }]));
  const changed = [...gone.values(), ...wanted.values()].map(({ account, field, value }): AccountStatement => ({ externalRef: account, [field]: value, mode: 'PATCH', source, occurredAt: work.now }));
  for (let start = 0; start < changed.length; start += portion) {
    const given = changed.slice(start, start + portion);
    const results = await upsertAccounts(work, seal, given);
    const place = results.findIndex((result, index) => result instanceof InvalidInput && Object.values(given[index] ?? {}).every((value) => value !== null));
    const [fault, item] = [results[place], given[place]];
    if (fault instanceof InvalidInput && item) throw new InvalidInput(`${item.externalRef.system}:${item.externalRef.id} in the settings is not a reference of an account: ${fault.message}`, ['settings']);
  }
}
