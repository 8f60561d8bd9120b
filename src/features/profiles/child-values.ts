import { childKeysWith, childMembersOf, tellingTexts, type HoldsChildData } from '../../platform/child-data.ts';
import type { Call, Question } from '../../platform/graphql/call.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { sees } from '../access/index.ts';
import { openValue, type StoredField } from './profile-field.queries.ts';

/** What of an account is known of children, so that no text about it that leaves the house tells of them. */
export interface KnownChildData {
  /** Names and other texts of theirs. */
  readonly known: readonly string[];
  /** Which names hold data of children in this tenant. */
  readonly holds: HoldsChildData;
}

/** Where data of children is looked for. */
export interface ChildDataScope {
  readonly sql: Sql;
  readonly tenantId: string;
  readonly seal: Seal;
  readonly accountId: Id<'Account'>;
  readonly holds: HoldsChildData;
}

/** Another place beside profiles that holds data of children of an account. Returns it with its keys. */
export type ChildDataPlace = (scope: ChildDataScope) => Promise<readonly { readonly key: string; readonly value: unknown }[]>;

const places: ChildDataPlace[] = [];

/** Declares one more place that holds data of children. For modules, at their loading. */
export function declareChildData(place: ChildDataPlace): void {
  places.push(place);
}

const namesOfChildren = statement<{ name: string }>('child_field_names', 'select distinct name from field_definition where tenant_id = $1 and holds_child_data order by name');
const valuesOfChildren = statement<Pick<StoredField, 'name' | 'valueSealed' | 'wrappedKey'>>(
  'child_values_of_account',
  `select t.name, encode(t.value_sealed, 'base64') as "valueSealed", encode(k.wrapped_key, 'base64') as "wrappedKey" from profile_field t
   join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id where t.tenant_id = $1 and t.account_id = $2 and t.holds_child_data and t.value_sealed is not null order by t.recorded_at desc, t.id limit 1000`,
);

/** Which names hold data of children: those of the built-in list, and those that the tenant has given the class CHILD. */
export async function childKeysOf(sql: Sql, tenantId: string): Promise<HoldsChildData> {
  return childKeysWith((await sql.rows(namesOfChildren, [tenantId])).map(({ name }) => name));
}

/** Which names hold data of children in the caller's tenant, once for an operation. */
export const childKeysOfTenant: Question<string, HoldsChildData> = {
  name: 'child_field_names',
  async load(call, keys) {
    const holds = await childKeysOf(call.read, call.tenantId);
    return keys.map(() => holds);
  },
};

/** Whether a caller is shown data of children. */
export function readsChildData(caller: Pick<Call, 'roles'>): boolean {
  return sees(caller, 'CHILD_VALUE');
}

/** What is known of children of an account: values of its profile, past ones too, and what other places hold. */
export async function knownChildData(sql: Sql, { tenantId, seal, accountId }: Omit<ChildDataScope, 'sql' | 'holds'>): Promise<KnownChildData> {
  const holds = await childKeysOf(sql, tenantId);
  const own = (await sql.rows(valuesOfChildren, [tenantId, accountId])).map((row) => ({ key: row.name, value: openValue(seal, row) }));
  const elsewhere: { readonly key: string; readonly value: unknown }[] = [];
  for (const place of places) elsewhere.push(...(await place({ sql, tenantId, seal, accountId, holds })));
  return { known: [...new Set([...own, ...elsewhere].flatMap((each) => tellsOf(each, holds)))], holds };
}

/** Of a value that holds data of children among other data, only that is a child's. */
function tellsOf(each: { readonly key: string; readonly value: unknown }, holds: HoldsChildData): string[] {
  const members = childMembersOf({ [each.key]: each.value }, holds);
  return (members.length > 0 ? members : [each]).flatMap(tellingTexts);
}
