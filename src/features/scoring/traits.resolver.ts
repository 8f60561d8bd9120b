import { GraphQLInt } from 'graphql';
import { Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { ask, type Call, type Question } from '../../platform/graphql/call.ts';
import { asNode, Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { Account, accountById, type AccountRow } from '../accounts/index.ts';

/** What of an account was held against the ICP. */
@ObjectType('FirmographicTraits', { implements: Node, simpleResolvers: true, description: 'What of an account was held against the ideal customer profile to compute how well it fits: as it was then, immutable. Scores derive from it where their model has such a profile.' })
export class FirmographicTraitsType extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'The industry; null when it was not known, which is no mismatch.' })
  industry!: string | null;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'The region; null when it was not known.' })
  region!: string | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'How many people worked there; null when it was not known.' })
  employeeCount!: number | null;

  @Field(() => DateTime, { description: 'When it was first held against the ICP. UTC.' })
  recordedAt!: string;
}

interface TraitsRow extends NodeRow, Omit<FirmographicTraitsType, 'id'> {
  readonly accountId: string;
}

const byIds = datedStatement<TraitsRow>(
  'firmographic_traits_by_id',
  2,
  (table) => `select id as uuid, account_id as "accountId", industry, region, employee_count as "employeeCount", recorded_at as "recordedAt" from ${table('score_traits')}
   where tenant_id = $1 and id = any($2::uuid[])`,
);

/** The traits of an id; null where the tenant has none. */
export const traitsById: Question<string, TraitsRow | null> = {
  name: 'firmographic_traits_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(byIds(asOf), byIds.values([call.tenantId, ids], asOf))).map((row) => [row.uuid, asNode('FirmographicTraits', row, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** Traits of an account. */
@Resolver(() => FirmographicTraitsType)
export class FirmographicTraitsResolver {
  @FieldResolver(() => Account, { description: 'The account.' })
  account(@Root() traits: TraitsRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, traits.asOf, traits.accountId);
  }
}
