import { GraphQLInt } from 'graphql';
import { Field, ObjectType } from 'type-graphql';
import type { Dated } from '../../platform/graphql/call.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { ContextSectionName, ContextSectionStatus } from './sections.ts';

/** A section of a context. */
@ObjectType('ContextSection', { description: 'A section of an account\'s context. It shows the last good values, whatever its status.', simpleResolvers: true })
export class ContextSection {
  @Field(() => ContextSectionName, { description: 'Which section.' })
  name!: ContextSectionName;

  @Field(() => ContextSectionStatus, { description: 'How current it is, as of the instant read for.' })
  status!: ContextSectionStatus;

  @Field(() => DateTime, { nullable: true, description: 'When one of its sources last stated something about the account, or was last fetched successfully; null if never. UTC.' })
  fetchedAt!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Code of the last failed fetch, such as `TIMEOUT`; null if no fetch failed since the source was last heard of.' })
  error!: string | null;
}

/** Everything known about an account at a glance. */
@ObjectType('AccountContext', {
  description: 'The account at a glance: records by section, and what is derived from them. Cached for 300 seconds; a change of its records replaces the cached one. Clocks and rules are applied when it is read.',
})
export class AccountContext {
  @Field(() => DateTime, { description: 'When its records were read from the database; for a past instant, that instant. UTC.' })
  cachedAt!: string;

  @Field(() => DateTime, { description: 'When the cache drops it at the latest. UTC.' })
  expiresAt!: string;

  @Field(() => GraphQLInt, { description: 'How long a context is cached, in seconds.' })
  ttlSeconds!: number;
}

/** A context as resolvers are given it. */
export interface ContextRow extends Dated {
  readonly accountId: string;
}
