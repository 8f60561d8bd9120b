import { Field, ID, InputType } from 'type-graphql';
import { InvalidInput, NotFound } from '../../platform/errors.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { referenceKeysSql } from '../../platform/postgres/erased-keys.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { checkText } from './columns.ts';
import { MalformedReference, normaliseReference } from './normalise-reference.ts';

/** What another system calls a thing. */
@InputType('ExternalRefInput', { description: 'What another system calls a thing: `{ system: "salesforce", id: "001…" }`.' })
export class ExternalRefInput {
  @Field(() => String, { description: 'The other system: lower-case letters, digits, `_`, `-`, at most 64 characters.' })
  system!: string;

  @Field(() => String, { description: 'Its id there, at most 255 characters. Ids of systems with rules are brought into one form: a Salesforce id may have 15 or 18 characters, case of e-mail addresses and domains does not matter. See docs/identity.md.' })
  id!: string;
}

/** Names an account by exactly one of its names. */
@InputType('AccountSelector', { description: 'Names an account: by its id, or by what another system calls it; exactly one of them.' })
export class AccountSelector {
  @Field(() => ID, { nullable: true, description: 'The account\'s global id.' })
  id?: string | null;

  @Field(() => ExternalRefInput, { nullable: true, description: 'What another system calls it.' })
  externalRef?: ExternalRefInput | null;
}

/** Checks the form of an external reference and brings its id into the one form of its system. */
export function checkExternalRef(ref: ExternalRefInput, path: readonly string[]): ExternalRefInput {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(ref.system)) throw new InvalidInput('system must be lower-case letters, digits, _ or -, at most 64 characters.', [...path, 'system']);
  const id = checkText(ref.id, [...path, 'id'], 255);
  if (id.trim() === '') throw new InvalidInput('The external id must not be empty.', [...path, 'id']);
  return { system: ref.system, id: normalForm({ system: ref.system, id }, [...path, 'id']) };
}

function normalForm(ref: ExternalRefInput, path: readonly string[]): string {
  try {
    return normaliseReference(ref);
  } catch (error) {
    if (error instanceof MalformedReference) throw new InvalidInput(error.message, path);
    throw error;
  }
}

/** A selector that was checked: one of the two. */
export type SelectedAccount = { readonly id: Id<'Account'> } | { readonly externalRef: ExternalRefInput };

/** Checks that exactly one name is given and that it is well formed. */
export function checkSelector(selector: AccountSelector, path: readonly string[]): SelectedAccount {
  const { id, externalRef } = selector;
  if ((id === null || id === undefined) === (externalRef === null || externalRef === undefined)) throw new InvalidInput('Name the account by id or by externalRef: exactly one of them.', path);
  if (externalRef) return { externalRef: checkExternalRef(externalRef, [...path, 'externalRef']) };
  // The same place for an id that is malformed, unknown or another tenant's: nothing tells them apart.
  return { id: accountIdOf(String(id), path) };
}

/** The key inside an account's global id; an id of another form is no account of anybody's. */
export function accountIdOf(globalId: string, path: readonly string[]): Id<'Account'> {
  const parsed = parseGlobalId(globalId, path);
  if (parsed?.type !== 'Account') throw noSuchAccount(path);
  return parsed.id as Id<'Account'>;
}

/** The one answer for ids that are malformed, unknown, or another tenant's. */
export function noSuchAccount(path: readonly string[]): NotFound {
  return new NotFound('There is no such account. Check the id or the external reference.', path);
}

const nodesByRefs = statement<{ system: string; externalId: string; id: Id<'Account'> }>(
  'accounts_by_refs',
  // Each key is made once, and looked up by the index.
  `with asked as materialized (select system, external_id, ${referenceKeysSql('system', 'external_id')} as keys from unnest($2::text[], $3::text[]) as asked(system, external_id))
   select asked.system, asked.external_id as "externalId", r.node_id as id from asked
   cross join lateral (select node_id from external_ref where tenant_id = $1 and node_type = 'Account' and system = asked.system and external_id = any(asked.keys) offset 0) r`,
);
const existingNodes = statement<{ id: Id<'Account'> }>('existing_accounts', `select id from node_identity where tenant_id = $1 and id = any($2::uuid[]) and node_type = 'Account'`);

/** What a selector stands for; text that is equal for equal selectors. */
export function selectorKey(selector: SelectedAccount): string {
  return 'id' in selector ? selector.id : `${selector.externalRef.system}\n${selector.externalRef.id}`;
}

/** The accounts that selectors name, before merges and retired ones included, by `selectorKey`; missing where there is none. Two statements at most. Lock them to learn what they count for. */
export async function selectNamedAccounts(sql: Sql, tenantId: string, selectors: readonly SelectedAccount[]): Promise<Map<string, Id<'Account'>>> {
  const found = new Map<string, Id<'Account'>>();
  const refs = selectors.flatMap((selector) => ('id' in selector ? [] : [selector.externalRef]));
  const ids = selectors.flatMap((selector) => ('id' in selector ? [selector.id] : []));
  if (refs.length > 0) {
    const rows = await sql.rows(nodesByRefs, [tenantId, refs.map((ref) => ref.system), refs.map((ref) => ref.id)]);
    for (const row of rows) found.set(`${row.system}\n${row.externalId}`, row.id);
  }
  if (ids.length > 0) for (const row of await sql.rows(existingNodes, [tenantId, ids])) found.set(row.id, row.id);
  return found;
}

const survivors = statement<{ id: Id<'Account'>; survivorId: Id<'Account'> }>(
  'survivors_in_use',
  `select i.id, i.survivor_id as "survivorId" from node_identity i join node_identity s on s.tenant_id = i.tenant_id and s.id = i.survivor_id
   where i.tenant_id = $1 and i.id = any($2::uuid[]) and s.retired_at is null`,
);

/** The accounts in use behind selectors, by `selectorKey`: of one that was merged the survivor; missing where there is none, or it is retired. Three statements at most. */
export async function selectAccounts(sql: Sql, tenantId: string, selectors: readonly SelectedAccount[]): Promise<ReadonlyMap<string, Id<'Account'>>> {
  return accountsInUse(sql, tenantId, await selectNamedAccounts(sql, tenantId, selectors));
}

/** The accounts in use behind accounts that were found: of one that was merged the survivor; missing where it is retired. By the keys they were found by; one statement, none where nothing was found. */
export async function accountsInUse(sql: Sql, tenantId: string, named: ReadonlyMap<string, Id<'Account'>>): Promise<ReadonlyMap<string, Id<'Account'>>> {
  if (named.size === 0) return named;
  const rows = await sql.rows(survivors, [tenantId, [...new Set(named.values())]]);
  const byId = new Map(rows.map(({ id, survivorId }) => [id, survivorId]));
  return new Map([...named].flatMap(([key, id]) => {
    const survivorId = byId.get(id);
    return survivorId ? [[key, survivorId] as const] : [];
  }));
}
