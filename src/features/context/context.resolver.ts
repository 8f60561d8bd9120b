import { GraphQLInt } from 'graphql';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { Needs } from '../../platform/graphql/needs.ts';
import { DateTime, Json } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { Account, type AccountRow } from '../accounts/index.ts';
import { contextOfAccount } from './context.queries.ts';
import { AccountContext, ContextSection, type ContextRow } from './context.type.ts';
import { contextSeconds } from './document.ts';
import { documentOf } from './document.queries.ts';
import { sectionStates } from './section.queries.ts';
import type { SectionState } from './sections.ts';

/** The context of an account. */
@Resolver(() => Account)
export class ContextOfAccountResolver {
  @Needs()
  @FieldResolver(() => AccountContext, { description: 'The account at a glance, from the cache where it is there.' })
  context(@Root() { uuid, asOf }: AccountRow, @Ctx() call: Call): ContextRow {
    ask(call, contextOfAccount, asOf, uuid).catch(() => undefined);
    return { accountId: uuid, asOf };
  }
}

/** The parts of a context. */
@Resolver(() => AccountContext)
export class AccountContextResolver {
  @FieldResolver(() => DateTime, { description: 'When its records were read from the database; for a past instant, that instant. UTC.' })
  async cachedAt(@Root() context: ContextRow, @Ctx() call: Call): Promise<string> {
    return (await ask(call, contextOfAccount, context.asOf, context.accountId)).records.readAt;
  }

  @FieldResolver(() => DateTime, { description: 'When the cache drops it at the latest. UTC.' })
  async expiresAt(@Root() context: ContextRow, @Ctx() call: Call): Promise<string> {
    return new Date(Date.parse(await this.cachedAt(context, call)) + contextSeconds * 1_000).toISOString();
  }

  @FieldResolver(() => GraphQLInt, { description: 'How long a context is cached, in seconds.' })
  ttlSeconds(): number {
    return contextSeconds;
  }

  @FieldResolver(() => [ContextSection], { description: 'The sections, always all four, in this order: SALESFORCE, JIRA, SLACK, NOTION.' })
  sections(@Root() context: ContextRow, @Ctx() call: Call): Promise<readonly SectionState[]> {
    return sectionStates(call, context);
  }

  @Shows('TEXT', { atRow: true })
  @FieldResolver(() => Json, { description: 'The context as one JSON document: `account_id`, `cached_at`, `ttl_seconds`, a member for each section, and `derived`. Amounts are in the major unit of `currency`, `probability` is in percent. Addresses are masked for roles that do not see them.' })
  document(@Root() context: ContextRow, @Ctx() call: Call): Promise<object> {
    return documentOf(call, context);
  }
}
