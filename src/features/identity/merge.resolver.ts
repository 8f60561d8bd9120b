import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { requireRole } from '../access/index.ts';
import { Account, contacts, ExternalRef, externalRefsOf, type AccountRow, type RecordRow } from '../accounts/index.ts';
import { mayReadMerges, requireMergeDecider } from './identity.policy.ts';
import type { MergeKind } from './lock-groups.ts';
import { mergeNodes, noSuchNode } from './merge-nodes.ts';
import { listMerges, membersMergedInto, mergeById, mergeType, type MergedNode } from './merge.queries.ts';
import {
  AccountMerge, AccountMergeConnection, AccountMergeResult, ContactMerge, ContactMergeConnection, ContactMergeResult, MergedAccount, MergedContact, MergeFilter, MergeInput, MergeOrder, NamedAccount, NamedContact, UnmergeInput, type MergeRow,
} from './merge.type.ts';
import { noSuchMerge, unmergeNodes } from './unmerge-nodes.ts';

/** How merges of each kind are read by id. */
export const mergesById = { Account: mergeById('Account'), Contact: mergeById('Contact') } as const;
const [accountsMergedInto, contactsMergedInto] = [membersMergedInto('Account'), membersMergedInto('Contact')];

/** Merges, and their undoing. */
@Resolver()
export class MergeMutations {
  @Mutation(() => AccountMergeResult as never, { description: 'Merges two accounts: `fromId`, and everything merged into it, counts for `intoId` until the merge is undone. Requires the analyst or admin role and a person.' })
  mergeAccounts(@Ctx() call: Call, @Arg('input', () => MergeInput, { description: 'The accounts.' }) input: MergeInput): Promise<object> {
    return merge(call, 'Account', input);
  }

  @Mutation(() => AccountMergeResult as never, { description: 'Undoes a merge of accounts: each has again what its sources said of it, as far as other merges do not hold. Requires the analyst or admin role and a person.' })
  unmergeAccounts(@Ctx() call: Call, @Arg('input', () => UnmergeInput, { description: 'The merge.' }) input: UnmergeInput): Promise<object> {
    return unmerge(call, 'Account', input);
  }

  @Mutation(() => ContactMergeResult as never, { description: 'Merges two contacts into one person, also contacts of different accounts. Their consent is the more restrictive of the two until the merge is undone. Requires the analyst or admin role and a person.' })
  mergeContacts(@Ctx() call: Call, @Arg('input', () => MergeInput, { description: 'The contacts.' }) input: MergeInput): Promise<object> {
    return merge(call, 'Contact', input);
  }

  @Mutation(() => ContactMergeResult as never, { description: 'Undoes a merge of contacts: each has again its own data and consent. Requires the analyst or admin role and a person.' })
  unmergeContacts(@Ctx() call: Call, @Arg('input', () => UnmergeInput, { description: 'The merge.' }) input: UnmergeInput): Promise<object> {
    return unmerge(call, 'Contact', input);
  }
}

const doing: Readonly<Record<MergeKind, string>> = { Account: 'merge accounts', Contact: 'merge contacts' };

function merge(call: Call, kind: MergeKind, { intoId, fromId, reason = null }: MergeInput): Promise<object> {
  return typedResult(async () => {
    requireMergeDecider(call, doing[kind]);
    const [into, from] = [nodeOf(kind, intoId, ['input', 'intoId']), nodeOf(kind, fromId, ['input', 'fromId'])];
    return madeMerge(call, kind, await call.transact((work) => mergeNodes(work, call.seal, { kind, intoId: into, fromId: from, reason, decidedBy: work.actor })));
  });
}

function unmerge(call: Call, kind: MergeKind, { mergeId, reason = null }: UnmergeInput): Promise<object> {
  return typedResult(async () => {
    requireMergeDecider(call, `un${doing[kind]}`);
    const path = ['input', 'mergeId'];
    const parsed = parseGlobalId(mergeId, path);
    if (parsed?.type !== mergeType[kind]) throw noSuchMerge(path);
    await call.transact((work) => unmergeNodes(work, call.seal, { kind, mergeId: parsed.id, reason, decidedBy: work.actor }));
    return madeMerge(call, kind, parsed.id);
  });
}

function nodeOf(kind: MergeKind, globalId: string, path: readonly string[]): string {
  const parsed = parseGlobalId(globalId, path);
  if (parsed?.type !== kind) throw noSuchNode(kind, path);
  return parsed.id;
}

async function madeMerge(call: Call, kind: MergeKind, id: string): Promise<MergeRow> {
  const row = await ask(call, mergesById[kind], null, id);
  if (!row) throw new Error('the merge that was just decided is missing');
  return row;
}

/** Merges as lists. */
@Resolver()
export class MergeQueries {
  @Query(() => AccountMergeConnection, { description: 'The tenant\'s merges of accounts, undone ones included, the latest first. Requires the analyst, privacy_officer or admin role.' })
  accountMerges(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => MergeFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: MergeFilter | null,
    @Arg('orderBy', () => MergeOrder, { nullable: true, description: 'In which order.' }) orderBy?: MergeOrder | null,
  ): Promise<Page<MergeRow>> {
    requireRole(call, mayReadMerges, 'list merges');
    return listMerges(call, 'Account', { ...page, filter: filter ?? null, orderBy: orderBy ?? null });
  }

  @Query(() => ContactMergeConnection, { description: 'The tenant\'s merges of contacts, undone ones included, the latest first. Requires the analyst, privacy_officer or admin role.' })
  contactMerges(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => MergeFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: MergeFilter | null,
    @Arg('orderBy', () => MergeOrder, { nullable: true, description: 'In which order.' }) orderBy?: MergeOrder | null,
  ): Promise<Page<MergeRow>> {
    requireRole(call, mayReadMerges, 'list merges');
    return listMerges(call, 'Contact', { ...page, filter: filter ?? null, orderBy: orderBy ?? null });
  }
}

/** Which accounts count for an account. */
@Resolver(() => Account)
export class MergedAccountsResolver {
  @FieldResolver(() => [MergedAccount], { description: 'The accounts that count for this one, the earliest merged first; empty when none was merged into it.' })
  mergedFrom(@Root() account: AccountRow, @Ctx() call: Call): Promise<readonly MergedNode[]> {
    return ask(call, accountsMergedInto, account.asOf, account.uuid);
  }
}

/** Which contacts count for a contact. */
@Resolver(() => contacts.ObjectClass)
export class MergedContactsResolver {
  @FieldResolver(() => [MergedContact], { description: 'The contacts that count for this one, the earliest merged first; empty when none was merged into it.' })
  mergedFrom(@Root() contact: RecordRow, @Ctx() call: Call): Promise<readonly MergedNode[]> {
    return ask(call, contactsMergedInto, contact.asOf, contact.uuid);
  }
}

/** What other systems call the nodes that merges name. */
export const namedNodeResolvers: readonly (new () => object)[] = [NamedAccount, NamedContact, MergedAccount, MergedContact].map((Named) => {
  @Resolver(() => Named)
  class OfNamed {
    @FieldResolver(() => [ExternalRef], { description: 'What other systems call it.' })
    externalRefs(@Root() { uuid }: NamedAccount, @Ctx() call: Call): Promise<readonly ExternalRef[]> {
      return ask(call, externalRefsOf, null, uuid);
    }
  }
  return OfNamed;
});

export { AccountMerge, ContactMerge };
