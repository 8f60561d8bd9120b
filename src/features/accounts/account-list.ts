import { GraphQLInt } from 'graphql';
import { Field, Float, InputType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import type { Bind, ListSource } from '../../platform/page/list.ts';
import { accountColumns } from './account.queries.ts';
import { Account } from './account.type.ts';
import { AccountStatus, LifecycleStage } from './enums.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** What a list of accounts can be ordered by. */
export const AccountOrderField = graphEnum('AccountOrderField', 'What a list of accounts can be ordered by.', {
  NAME: 'By name, case ignored.',
  INTENT: 'By stored intent score, which is at most half a point above the score at this instant; accounts never scored are left out.',
  REVENUE: 'By revenue in minor units, whatever the currency; unknown ones are smallest.',
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
}

const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

const inStatuses = (values: readonly string[], bind: Bind): string => `t.status = any(${bind(values, 'text[]')})`;

/** The tenant's accounts as a list. The score sits in account_contexts, one row per scored account. */
export const accountList: ListSource<AccountFilter> = {
  name: 'accounts',
  table: 'account',
  join: (_table, { filter, orderBy }) =>
    orderBy?.field === 'INTENT' || typeof filter?.minIntent === 'number'
      ? 'join account_contexts c on c.tenant_id = t.tenant_id and c.account_id = t.id'
      : '',
  columns: accountColumns,
  orders: {
    NAME: { by: 't.name_key', type: 'text' },
    INTENT: { by: 'c.intent_score', type: 'float8', key: 'c.account_id' },
    REVENUE: { by: 'coalesce(t.revenue_minor, -999999999999999999)', type: 'int8' },
    RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' },
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
  },
  defaultOrder: { field: 'NAME', direction: OrderDirection.ASC },
};
