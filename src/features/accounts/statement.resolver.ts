import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ask, type AsOf, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { accountById } from './account.queries.ts';
import { Account } from './account.type.ts';
import { accountKind } from './account-fields.ts';
import { SourceClaim } from './contradictions.ts';
import { accountRecords } from './records.ts';
import type { StatedKind } from './stated-kind.ts';
import { checkStatementFilter, statementById, statementsOfNode } from './statement.queries.ts';
import { SourceStatement, SourceStatementConnection, SourceStatementFilter, type SourceStatementRow } from './statement.type.ts';

const records = new Map(accountRecords.map((record) => [record.type, record]));

/** What a statement is about. */
@Resolver(() => SourceStatement)
export class StatementResolver {
  @FieldResolver(() => Node as never, { nullable: true, description: 'The account or record that it is about, in the present; of merged ones the survivor. Null while there is no such record: it is incomplete or retired.' })
  node(@Root() { nodeType, nodeId }: SourceStatementRow, @Ctx() call: Call): Promise<NodeRow | null> {
    const record = records.get(nodeType);
    return record ? ask(call, record.byId, null, nodeId) : ask(call, accountById, null, nodeId);
  }
}

/** The statement behind a claim. */
@Resolver(() => SourceClaim)
export class ClaimResolver {
  @FieldResolver(() => SourceStatement, { nullable: true, description: 'The statement that says it.' })
  statement(@Root() { statementId, asOf }: SourceClaim & { readonly asOf: AsOf }, @Ctx() call: Call): Promise<SourceStatementRow | null> {
    return ask(call, statementById, asOf, statementId);
  }
}

/** The statements about nodes of a kind, as a list on its type. */
function statementsOn(type: () => new () => object, kind: StatedKind): new () => object {
  @Resolver(type)
  class StatementsOn {
    @FieldResolver(() => SourceStatementConnection, { description: 'What each source said about it, late and losing statements included; the latest by `occurredAt` first.' })
    statements(
      @Root() row: NodeRow,
      @Ctx() call: Call,
      @Args(() => PageArgs) page: PageArgs,
      @Arg('filter', () => SourceStatementFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: SourceStatementFilter | null,
    ): Promise<Page<SourceStatementRow>> {
      checkStatementFilter(kind, filter);
      return statementsOfNode.page(call, row.uuid, { ...page, filter: filter ?? null }, row.asOf);
    }
  }
  return StatementsOn;
}

/** What statements add to the graph. */
export const statementResolvers: readonly (new () => object)[] = [StatementResolver, ClaimResolver, statementsOn(() => Account, accountKind), ...accountRecords.map((record) => statementsOn(() => record.ObjectClass, record))];
