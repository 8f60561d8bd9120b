import { GraphQLInt } from 'graphql';
import { Field, Float, InputType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import type { Bind, ListArgs, ListSource } from '../../platform/page/list.ts';
import { readingOf } from '../../platform/postgres/tables-at.ts';
import type { Call } from '../../platform/graphql/call.ts';
import { seesAddresses } from '../access/index.ts';
import { Account, accountColumns, accountColumnsOf, AccountStatus, LifecycleStage, statedRows } from '../accounts/index.ts';
import { scoresAt } from '../scoring/index.ts';
import { Day } from '../../platform/graphql/scalars.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** What a list of accounts can be ordered by. */
export const AccountOrderField = graphEnum('AccountOrderField', 'What a list of accounts can be ordered by.', {
  NAME: 'By name, case ignored.',
  INTENT: 'By stored intent score, which is at most half a point above the score at this instant; accounts never scored are left out. At a past instant, by the score of that instant.',
  REVENUE: 'By revenue in minor units; unknown ones are smallest. Amounts are comparable within one currency: filter by `revenueCurrency`.',
  HEALTH: 'By the overall health score as last stored, which follows its inputs within seconds; accounts without one are left out.',
  RENEWAL: 'By the day of renewal; unknown ones are latest.',
  RECORDED_AT: 'By when the system last learned of them.',
});

/** The orderBy input of a list of accounts. */
export const AccountOrder = orderInput('Account', AccountOrderField, OrderDirection.ASC);
export type AccountOrder = InstanceType<typeof AccountOrder>;

/** The connection type of accounts. */
export const AccountConnection = connectionType('Account', () => Account);

/** Which accounts to list. */
@InputType('AccountFilter', { description: 'Which accounts to list; conditions are joined by AND.' })
export class AccountFilter {
  @Field(() => Float, { nullable: true, description: 'With a stored intent score of at least this, 0 to 100; accounts never scored are left out.' })
  minIntent?: number | null;

  @Field(() => [AccountStatus], { nullable: true, description: 'In one of these statuses.' })
  statuses?: string[] | null;

  @Field(() => [AccountStatus], { nullable: true, description: 'In one of these statuses.', deprecationReason: 'Use statuses.' })
  status?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'In one of these industries.' })
  industries?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'In one of these regions.' })
  regions?: string[] | null;

  @Field(() => [LifecycleStage], { nullable: true, description: 'In one of these stages.' })
  lifecycleStages?: string[] | null;

  @Field(() => String, { nullable: true, description: 'With a name that begins so, case ignored.' })
  nameStartsWith?: string | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'With at least so many employees.' })
  minEmployees?: number | null;

  @Field(() => String, { nullable: true, description: 'With a name that contains this text; case and accents are ignored.' })
  nameContains?: string | null;

  @Field(() => [String], { nullable: true, description: 'In one of these tiers, case ignored.' })
  tiers?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Owned by one of these people, by e-mail address; case ignored.' })
  ownerEmails?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Looked after by one of these customer success managers, by e-mail address; case ignored.' })
  csmEmails?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Using one of these products, by name.' })
  productNames?: string[] | null;

  @Field(() => Float, { nullable: true, description: 'With a stored overall health score of at least this, 0 to 100; accounts without one are left out.' })
  minHealth?: number | null;

  @Field(() => Float, { nullable: true, description: 'With a stored overall health score of at most this, 0 to 100; accounts without one are left out.' })
  maxHealth?: number | null;

  @Field(() => String, { nullable: true, description: 'With revenue in this currency (ISO 4217).' })
  revenueCurrency?: string | null;

  @Field(() => Day, { nullable: true, description: 'Renewing on this day or later; accounts without a known day are left out.' })
  renewalFrom?: string | null;

  @Field(() => Day, { nullable: true, description: 'Renewing before this day; accounts without a known day are left out.' })
  renewalBefore?: string | null;

  @Field(() => Day, { nullable: true, description: 'With the next quarterly business review on this day or later; accounts without one are left out.' })
  nextQbrFrom?: string | null;

  @Field(() => Day, { nullable: true, description: 'With the next quarterly business review before this day; accounts without one are left out.' })
  nextQbrBefore?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'true: only accounts with an action that waits for a decision; false: only those without.' })
  hasOpenAction?: boolean | null;
}

const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

const byScore = ({ filter, orderBy }: ListArgs<AccountFilter>): boolean => orderBy?.field === 'INTENT' || typeof filter?.minIntent === 'number';
const byHealth = ({ filter, orderBy }: ListArgs<AccountFilter>): boolean => orderBy?.field === 'HEALTH' || typeof filter?.minHealth === 'number' || typeof filter?.maxHealth === 'number';
const lowerAnyOf = (column: string) => (values: readonly string[], bind: Bind): string => `lower(t.${column}) = any(${bind(values.map((value) => value.toLowerCase()), 'text[]')})`;
const inStatuses = (values: readonly string[], bind: Bind): string => `t.status = any(${bind(values, 'text[]')})`;

/** The tenant's accounts as a list. The score sits in account_contexts, one row per scored account. */
const accountList: ListSource<AccountFilter> = {
  name: 'accounts',
  countedUpTo: 100_000,
  table: 'account',
  join: (table, args) => [
    byScore(args) ? `join ${table('account_contexts')} c on c.tenant_id = t.tenant_id and c.account_id = t.id` : '',
    byHealth(args) ? `join ${table('account_health')} h on h.tenant_id = t.tenant_id and h.account_id = t.id and h.overall is not null` : '',
  ].join(' '),
  async given(call, asOf, { args, joined = [] }) {
    const stated = await statedRows(call, asOf, ['account', ...(args.filter?.productNames ? ['product'] : []), ...joined.filter((table) => readingOf(table) === 'STATED')], null);
    return byScore(args) || joined.includes('account_contexts') ? new Map([...stated, ['account_contexts', await scoresAt(call, asOf)]]) : stated;
  },
  columns: accountColumns,
  columnsOf: accountColumnsOf,
  orders: {
    NAME: { by: 't.name_key', type: 'text' },
    INTENT: { by: 'c.intent_score', type: 'float8', key: 'c.account_id' },
    REVENUE: { by: 'coalesce(t.revenue_minor, -999999999999999999)', type: 'int8' },
    RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' },
    HEALTH: { by: 'h.overall', type: 'float8', key: 'h.account_id' },
    RENEWAL: { by: `coalesce(t.renewal_on, 'infinity')`, type: 'date' },
  },
  filters: {
    minIntent: (value, bind) => `c.intent_score >= ${bind(value, 'float8')}`,
    statuses: inStatuses,
    status: inStatuses,
    industries: (values, bind) => `t.industry = any(${bind(values, 'text[]')})`,
    regions: (values, bind) => `t.region = any(${bind(values, 'text[]')})`,
    lifecycleStages: (values, bind) => `t.lifecycle_stage = any(${bind(values, 'text[]')})`,
    nameStartsWith: (value, bind) => `t.name_key like lower(${bind(`${escapeLike(value)}%`, 'text')})`,
    minEmployees: (value, bind) => `t.employee_count >= ${bind(value, 'int')}`,
    // The function finds by an index on the present.
    nameContains: (value, bind, table) =>
      table('account') === 'account' ? `t.id in (select accounts_named(${bind(value, 'text')}))` : `search_form(t.name) like '%' || escape_like(search_form(${bind(value, 'text')})) || '%'`,
    tiers: lowerAnyOf('tier'),
    ownerEmails: lowerAnyOf('owner_email'),
    csmEmails: lowerAnyOf('csm_email'),
    productNames: (values, bind, table) => `exists (select from ${table('product')} p where p.tenant_id = t.tenant_id and p.account_id = t.id and p.name = any(${bind(values, 'text[]')}))`,
    minHealth: (value, bind) => `h.overall >= ${bind(value, 'float8')}`,
    maxHealth: (value, bind) => `h.overall <= ${bind(value, 'float8')}`,
    revenueCurrency: (value, bind) => `t.revenue_currency = ${bind(value, 'text')}`,
    renewalFrom: (value, bind) => `t.renewal_on >= ${bind(value, 'date')}`,
    renewalBefore: (value, bind) => `t.renewal_on < ${bind(value, 'date')}`,
    nextQbrFrom: (value, bind) => `t.next_qbr_on >= ${bind(value, 'date')}`,
    nextQbrBefore: (value, bind) => `t.next_qbr_on < ${bind(value, 'date')}`,
    hasOpenAction: (value, bind, table) => `exists (select from ${table('action')} x where x.tenant_id = t.tenant_id and x.account_id = t.id and x.is_open) = ${bind(value, 'boolean')}`,
  },
  defaultOrder: { field: 'NAME', direction: OrderDirection.ASC },
  // Read along its order until the page is full, which is the plan whatever the statuses and the score that the order begins at.
  plan: (args) => (Object.entries(args.filter ?? {}).every(([field, value]) => value === null || value === undefined || field.startsWith('status') || (field === 'minIntent' && args.orderBy?.field === 'INTENT')) ? 'KEPT' : 'BY_VALUE'),
};

/** A name that may hold an e-mail address or a telephone number, which the caller sees masked: more than what is masked, never less. */
const maybeMasked = `t.name_key ~ '[@＠]|%(25)?40|&#(64|x40);|([[:digit:]０-９][^[:digit:]０-９]{0,4}){6}[[:digit:]０-９]'`;
const { nameStartsWith, nameContains } = accountList.filters;

/** The list for callers who do not see addresses: a part of a name finds no name that is masked, or it would be found out letter by letter. */
const maskedAccountList: ListSource<AccountFilter> = {
  ...accountList,
  filters: {
    ...accountList.filters,
    nameStartsWith: (value, bind, table) => `(${nameStartsWith(value, bind, table)} and not ${maybeMasked})`,
    nameContains: (value, bind, table) => `(${nameContains(value, bind, table)} and not ${maybeMasked})`,
  },
};

/** The tenant's accounts as the caller may list them. */
export const accountListOf = (call: Call): ListSource<AccountFilter> => (seesAddresses(call) ? accountList : maskedAccountList);
