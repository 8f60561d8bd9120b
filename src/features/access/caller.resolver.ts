import { Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { dataClasses, Shows, type DataClass } from '../../platform/graphql/shows.ts';
import { RoleName } from './api-key.resolver.ts';
import type { Role } from './roles.ts';
import { sees } from './sight.ts';

const DataClassName = graphEnum('DataClass', 'What a field can show of people. schema/roles.md says which field shows what.', dataClasses);

/** Who is asking. */
@ObjectType('Caller', { description: 'Who is asking, as the system knows them.', simpleResolvers: true })
export class Caller {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The id under which the caller is recorded: the `sub` of the token where that is an opaque id, else a digest of it; for an API key, the key\'s id.' })
  id!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: '`user` for a person, `machine` for an API key, and for a token that says its bearer is no person.' })
  kind!: string;

  @Field(() => [RoleName], { description: 'What the caller may be.' })
  roles!: Role[];

  @Field(() => [DataClassName], { description: 'What the caller sees as it is; data of other classes is masked or refused.' })
  sees!: DataClass[];
}

/** Tells callers who they are. */
@Resolver()
export class CallerResolver {
  @Query(() => Caller, { description: 'Who is asking: the id that stands in `decidedBy`, `claimedBy` and the audit log.' })
  caller(@Ctx() { actor, roles }: Call): Caller {
    const seen = (Object.keys(dataClasses) as DataClass[]).filter((name) => sees({ roles }, name));
    return { id: actor.id, kind: actor.kind, roles: [...roles] as Role[], sees: seen };
  }
}
