import { InvalidInput, NotFound } from '../../platform/errors.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import type { Sql } from '../../platform/postgres/statement.ts';
import { checkSelector, noSuchAccount, selectAccounts, selectNamedAccounts, selectorKey, type AccountSelector } from '../accounts/index.ts';
import type { SourceItem } from './source-items.ts';

/** Names a profile: by its own id, or by its account. */
export interface ProfileSelector {
  readonly profileId?: string | null;
  readonly account?: AccountSelector | null;
}

/** The one answer for profile ids that are malformed, unknown, or another tenant's. */
export function noSuchProfile(path: readonly string[]): NotFound {
  return new NotFound('There is no such profile. Check the id.', path);
}

/** The account whose profile is named; of one that was merged, the survivor. Refuses what is not of the tenant, or retired. */
export function selectProfile(sql: Sql, tenantId: string, selector: ProfileSelector, path: readonly string[]): Promise<Id<'Account'>> {
  return selectBy(selectAccounts, { sql, tenantId }, selector, path);
}

/** The account whose profile is named, before merges, to state something of it; refuses what is not of the tenant. */
export function selectNamedProfile(sql: Sql, tenantId: string, selector: ProfileSelector, path: readonly string[]): Promise<Id<'Account'>> {
  return selectBy(selectNamedAccounts, { sql, tenantId }, selector, path);
}

async function selectBy(select: typeof selectAccounts, { sql, tenantId }: { readonly sql: Sql; readonly tenantId: string }, { profileId, account }: ProfileSelector, path: readonly string[]): Promise<Id<'Account'>> {
  const byId = profileId !== null && profileId !== undefined;
  if (byId === (account !== null && account !== undefined)) throw new InvalidInput('Name the profile by profileId or by account: exactly one of them.', path);
  if (byId) {
    const parsed = parseGlobalId(profileId, [...path, 'profileId']);
    const missing = noSuchProfile([...path, 'profileId']);
    if (parsed?.type !== 'Profile') throw missing;
    const found = await select(sql, tenantId, [{ id: parsed.id as Id<'Account'> }]);
    return found.get(parsed.id) ?? refuse(missing);
  }
  const selected = checkSelector(account as AccountSelector, [...path, 'account']);
  return (await select(sql, tenantId, [selected])).get(selectorKey(selected)) ?? refuse(noSuchAccount([...path, 'account']));
}

function refuse(error: Error): never {
  throw error;
}

/** What a global id of a source stands for; null when there is none. Whether it exists is told later. */
export function sourceItemOf(globalId: string | null | undefined, path: readonly string[]): SourceItem | null {
  if (globalId === null || globalId === undefined) return null;
  const parsed = parseGlobalId(globalId, path);
  if (!parsed) throw new NotFound('There is no such source. Check the id.', path);
  return parsed;
}
