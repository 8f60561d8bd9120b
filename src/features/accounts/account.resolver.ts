import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import { ask, type AsOf, type Call } from '../../platform/graphql/call.ts';
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
import { weeklySummaries } from './weekly-summary.ts';

const asOfDescription = 'Read everything as it was known at this instant, which must not lie in the future. What is still being written at that instant joins it when it is committed, seconds later at the most; older instants no longer change. The present when left out.';

/** Refuses an instant that has not come yet. */
function checkAsOf(call: Call, asOf: string | null | undefined): AsOf {
  if (!asOf) return null;
  if (Date.parse(asOf) > call.clock.now().getTime()) throw new InvalidInput('asOf lies in the future. Leave it out to read the present.', ['asOf']);
  return asOf;
}

/** Whether the instant of an id has come; no other was ever given out. */
const hasCome = (call: Call, asOf: AsOf): boolean => asOf === null || Date.parse(asOf) <= call.clock.now().getTime();

/** Accounts, one and many. */
@Resolver(() => Account)
export class AccountResolver {
  @Query(() => Account, { nullable: true, description: 'The account of an id; null when the tenant has none.' })
  account(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'Global id, also of a past state; then that state is read, unless asOf says another instant.' }) id: string,
    @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
  ): Promise<AccountRow | null> | null {
    const named = parseStateId(id);
    if (named?.type !== 'Account' || !hasCome(call, named.asOf)) return null;
    return ask(call, accountById, checkAsOf(call, asOf) ?? named.asOf, named.id);
  }

  @Query(() => Account, { nullable: true, description: 'The account of one of its names; null when the tenant has none.' })
  accountBy(
    @Ctx() call: Call,
    @Arg('by', () => AccountSelector, { description: 'Its id, or what another system calls it.' }) by: AccountSelector,
    @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
  ): Promise<AccountRow | null> | null {
    if (typeof by.id === 'string' && !by.externalRef) return this.account(call, by.id, asOf);
    const selected = checkSelector(by, ['by']);
    return 'id' in selected ? null : ask(call, accountByExternalRef, checkAsOf(call, asOf), selected.externalRef);
  }

  @FieldResolver(() => [ExternalRef], { description: 'What other systems call it.' })
  externalRefs(@Root() account: AccountRow, @Ctx() call: Call): Promise<readonly ExternalRef[]> {
    return ask(call, externalRefsOf, account.asOf, account.uuid);
  }

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

  @FieldResolver(() => contacts.ObjectClass, { nullable: true, description: 'The contact who is the primary champion; null when there is none.' })
  primaryChampion(@Root() account: AccountRow, @Ctx() call: Call): Promise<RecordRow | null> | null {
    return account.primaryChampionId === null ? null : ask(call, contacts.byId, account.asOf, account.primaryChampionId);
  }

  @FieldResolver(() => weeklySummaries.ObjectClass, { nullable: true, description: 'The latest weekly summary; null when there is none.' })
  async weeklySummary(@Root() account: AccountRow, @Ctx() call: Call): Promise<RecordRow | null> {
    const page = await weeklySummaries.list.page(call, account.uuid, { first: 1 }, account.asOf);
    return page.edges[0]?.node ?? null;
  }
}
