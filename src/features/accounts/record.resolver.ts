import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type OrderBy, type Page } from '../../platform/graphql/connection.ts';
import { Needs } from '../../platform/graphql/needs.ts';
import { parseItemId } from '../../platform/ids.ts';
import { requireRole } from '../access/index.ts';
import { mayWriteRecords } from './account.policy.ts';
import { accountById } from './account.queries.ts';
import { Account, type AccountRow } from './account.type.ts';
import { Contradiction, contradictionsIn } from './contradictions.ts';
import { statedNodes } from './stated-groups.ts';
import { ExternalRef, externalRefsOf } from './external-refs.ts';
import type { AccountRecord, RecordRow } from './record.ts';
import { toUpsertPayload, UpsertMode, UpsertPayload } from './upsert.type.ts';
import { upsertRecords, type RecordInput } from './upsert-records.ts';

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** How many of a list without pages are shown at most. */
const shortList = 100;

/** The doors to one kind of record: its list on Account, its references, the records it names, and its bulk upsert. */
export function recordResolvers(record: AccountRecord, all: readonly AccountRecord[]): (new () => object)[] {
  const mutation = `upsert${upperFirst(record.plural)}`;

  // The methods bear the fields' names: by these, and not by the decorator's `name`, type-graphql tells fields apart.
  @Resolver(() => Account)
  class OnAccount {
    @Needs()
    @FieldResolver(() => record.ConnectionClass, { description: `${record.description} Those of the account.` })
    [record.plural](
      @Root() account: AccountRow,
      @Ctx() call: Call,
      @Info() info: GraphQLResolveInfo,
      @Args(() => PageArgs) page: PageArgs,
      @Arg('filter', () => record.FilterClass, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: Record<string, unknown> | null,
      @Arg('orderBy', () => record.OrderClass, { nullable: true, description: 'In which order.' }) orderBy?: OrderBy | null,
    ): Promise<Page<RecordRow>> {
      return record.list.page(call, account.uuid, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, account.asOf, record.wanted(info));
    }
  }

  @Resolver(() => Account)
  class ShortOnAccount {
    @Needs()
    @FieldResolver(() => [record.ObjectClass], { description: `${record.description} The account's latest ${shortList}.` })
    async [record.plural](
      @Root() account: AccountRow,
      @Ctx() call: Call,
      @Info() info: GraphQLResolveInfo,
      @Arg('filter', () => record.FilterClass, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: Record<string, unknown> | null,
      @Arg('orderBy', () => record.OrderClass, { nullable: true, description: 'In which order.' }) orderBy?: OrderBy | null,
    ): Promise<RecordRow[]> {
      const page = await record.list.page(call, account.uuid, { first: shortList, filter: filter ?? null, orderBy: orderBy ?? null }, account.asOf, record.wanted(info, []));
      return page.edges.map((edge) => edge.node);
    }
  }

  @Resolver(() => record.ObjectClass)
  class OwnFields {
    @Needs()
    @FieldResolver(() => Account, { description: 'The account it belongs to.' })
    account(@Root() row: RecordRow, @Ctx() call: Call): Promise<AccountRow | null> {
      return ask(call, accountById, row.asOf, row.accountId);
    }

    @Needs()
    @FieldResolver(() => [ExternalRef], { description: 'What other systems call it.' })
    externalRefs(@Root() row: RecordRow, @Ctx() call: Call): Promise<readonly ExternalRef[]> {
      return ask(call, externalRefsOf, row.asOf, row.uuid);
    }

    @Needs()
    @FieldResolver(() => [Contradiction], { description: 'The fields about which sources disagree, by name; empty where they agree. Losing values are kept.' })
    async contradictions(@Root() row: RecordRow, @Ctx() call: Call): Promise<Contradiction[]> {
      return contradictionsIn(await ask(call, statedNodes(record), row.asOf, row.uuid), call, row.asOf);
    }

    @Mutation(() => UpsertPayload, { name: mutation, description: `States up to 1,000 at once, each found by its external reference. ${record.description}` })
    async upsert(
      @Ctx() call: Call,
      @Arg('input', () => [record.InputClass], { description: 'The records; each is judged by itself.' }) input: RecordInput[],
      @Arg('mode', () => UpsertMode, { defaultValue: UpsertMode.PATCH, description: 'How much the records state.' }) mode: keyof typeof UpsertMode,
    ): Promise<UpsertPayload> {
      requireRole(call, mayWriteRecords, `change ${record.plural}`);
      return toUpsertPayload(await call.transact((work) => upsertRecords(work, call.seal, record, input, mode)));
    }
  }
  return [record.paged ? OnAccount : ShortOnAccount, OwnFields, ...referredResolvers(record, all)];
}

/** The records that one names, by id and as nodes: a KPI's product beside its productId. Both are null while that record is not known, or is another account's. */
function referredResolvers(record: AccountRecord, all: readonly AccountRecord[]): (new () => object)[] {
  return [...record.fields].flatMap(([name, { refersTo, description }]) => {
    const target = all.find(({ type }) => type === refersTo?.type);
    if (!refersTo || !target) return [];
    const { ObjectClass, byId } = target;
    const field = refersTo.byRef.replace(/Ref$/, '');
    const shownAs = `${description} Null, too, while that ${refersTo.type} is not known or is another account's.`;
    const referred = async (row: RecordRow, call: Call): Promise<RecordRow | null> => {
      const globalId = row[name];
      const parsed = typeof globalId === 'string' ? parseItemId(globalId) : null;
      const found = parsed ? await ask(call, byId, row.asOf, parsed.id) : null;
      return found?.accountId === row.accountId ? found : null;
    };

    @Resolver(() => record.ObjectClass)
    class Referred {
      @Needs(name)
      @FieldResolver(() => ObjectClass, { nullable: true, description: shownAs })
      [field](@Root() row: RecordRow, @Ctx() call: Call): Promise<RecordRow | null> {
        return referred(row, call);
      }

      @Needs(name)
      @FieldResolver(() => ID, { nullable: true })
      async [name](@Root() row: RecordRow, @Ctx() call: Call): Promise<unknown> {
        return (await referred(row, call)) && row[name];
      }
    }
    return [Referred];
  });
}
