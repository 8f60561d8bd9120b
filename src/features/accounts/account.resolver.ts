import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { askAhead, Needs } from '../../platform/graphql/needs.ts';
import { asOfDescription, hasCome, readMoment, validAtDescription } from '../../platform/graphql/read-moment.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { parseStateId } from '../../platform/ids.ts';
import { maskRow } from '../access/index.ts';
import { AccountSelector, checkSelector } from './account-selector.ts';
import { accountByExternalRef, accountById } from './account.queries.ts';
import { accountKind } from './account-fields.ts';
import { Account, type AccountRow } from './account.type.ts';
import { Contradiction, contradictionsIn } from './contradictions.ts';
import { Retirement } from './retirement.type.ts';
import { statedNodes } from './stated-groups.ts';
import { contacts } from './contact.ts';
import { ExternalRef, externalRefsOf } from './external-refs.ts';
import type { RecordRow } from './record.ts';
import { latestSummary, summariesToChooseFrom, weeklySummaries } from './weekly-summary.ts';

/** Accounts, one and many. */
@Resolver(() => Account)
export class AccountResolver {
  @Query(() => Account, { nullable: true, description: 'The account of an id; null when the tenant has none.' })
  account(
    @Ctx() call: Call,
    @Info() info: GraphQLResolveInfo,
    @Arg('id', () => ID, { description: 'Global id, also of a past state; then that state is read, unless asOf or validAt say another.' }) id: string,
    @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
    @Arg('validAt', () => DateTime, { nullable: true, description: validAtDescription }) validAt?: string | null,
  ): Promise<AccountRow | null> | null {
    const named = parseStateId(id);
    const moment = readMoment(call, { asOf, validAt }, named?.asOf);
    if (named?.type !== 'Account' || !hasCome(call, named.asOf)) return null;
    const account = ask(call, accountById, moment, named.id);
    if (moment === null) askAhead(call, info, 'Account', { uuid: named.id, asOf: null });
    return account;
  }

  @Query(() => Account, { nullable: true, description: 'The account of one of its names; null when the tenant has none.' })
  accountBy(
    @Ctx() call: Call,
    @Info() info: GraphQLResolveInfo,
    @Arg('by', () => AccountSelector, { description: 'Its id, or what another system calls it.' }) by: AccountSelector,
    @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
    @Arg('validAt', () => DateTime, { nullable: true, description: validAtDescription }) validAt?: string | null,
  ): Promise<AccountRow | null> | null {
    if (typeof by.id === 'string' && !by.externalRef) return this.account(call, info, by.id, asOf, validAt);
    const selected = checkSelector(by, ['by']);
    return 'id' in selected ? null : ask(call, accountByExternalRef, readMoment(call, { asOf, validAt }), selected.externalRef);
  }

  @Needs()
  @FieldResolver(() => [ExternalRef], { description: 'What other systems call it.' })
  externalRefs(@Root() account: AccountRow, @Ctx() call: Call): Promise<readonly ExternalRef[]> {
    return ask(call, externalRefsOf, account.asOf, account.uuid);
  }

  @Needs()
  @FieldResolver(() => [Contradiction], { description: 'The fields about which sources disagree, by name; empty where they agree. Losing values are kept.' })
  async contradictions(@Root() account: AccountRow, @Ctx() call: Call): Promise<Contradiction[]> {
    return contradictionsIn(await ask(call, statedNodes(accountKind), account.asOf, account.uuid), call, account.asOf);
  }

  @FieldResolver(() => Retirement, { nullable: true, description: 'Since when and why the account is retired; null while it is in use. A retired account shows its last state.' })
  async retirement(@Root() account: AccountRow, @Ctx() call: Call): Promise<Retirement | null> {
    if (!account.retiredAt) return null;
    const claim = (await ask(call, statedNodes(accountKind), account.asOf, account.uuid)).folded.retired;
    if (!claim) return null;
    const { source, occurredAt, recordedAt, fields } = claim.statement;
    return maskRow(call, { at: occurredAt, reason: typeof fields['reason'] === 'string' ? fields['reason'] : null, source, recordedAt }, [['reason', 'TEXT']]);
  }

  @Needs('primaryChampionId')
  @FieldResolver(() => contacts.ObjectClass, { nullable: true, description: 'The contact who is the primary champion; null when there is none.' })
  primaryChampion(@Root() account: AccountRow, @Ctx() call: Call): Promise<RecordRow | null> | null {
    return account.primaryChampionId === null ? null : ask(call, contacts.byId, account.asOf, account.primaryChampionId);
  }

  @Needs()
  @FieldResolver(() => weeklySummaries.ObjectClass, { nullable: true, description: 'The latest weekly summary; null when there is none.' })
  async weeklySummary(@Root() account: AccountRow, @Ctx() call: Call): Promise<RecordRow | null> {
    const page = await weeklySummaries.list.page(call, account.uuid, { first: summariesToChooseFrom }, account.asOf);
    return latestSummary(page.edges.map(({ node }) => node));
  }
}
