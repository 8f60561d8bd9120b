import type { Seal } from '../../platform/postgres/seal.ts';
import type { AsOf, Asking, Question } from '../../platform/graphql/call.ts';
import type { Sql } from '../../platform/postgres/statement.ts';
import { currentStatements, foldStatements, pastStatements, precedenceInForce, type Folded, type PublishedPrecedence, type SourceStatement, type StatedGroup } from '../sources/index.ts';
import { rulesOf } from './state-nodes.ts';
import { openStatement, type StatedKind } from './stated-kind.ts';

/** A node as its sources state it. */
export interface StatedNode {
  readonly kind: StatedKind;
  /** The node that survived its merges; the node itself where nothing was merged. */
  readonly rootId: string;
  /** The statements that hold something, or for a past instant all that were known, in the clear. */
  readonly statements: readonly SourceStatement[];
  readonly folded: Folded;
  readonly precedence: PublishedPrecedence;
}

const questions = new Map<string, Question<string, StatedNode, Asking>>();

/** What sources say of nodes of a kind, folded by the policy in force at the instant read for. Two statements. */
export function statedNodes(kind: StatedKind): Question<string, StatedNode, Asking> {
  const known = questions.get(kind.type);
  if (known) return known;
  const question: Question<string, StatedNode, Asking> = {
    name: `statements_of_${kind.table}`,
    async load(call: Asking, ids: readonly string[], asOf: AsOf) {
      const [precedence, groups] = await Promise.all([precedenceInForce(call.read, call.tenantId, asOf), groupsOf(call.read, call.tenantId, ids, asOf)]);
      return toStatedNodes(kind, ids, groups, { precedence, seal: call.seal });
    },
  };
  questions.set(kind.type, question);
  return question;
}

/** The same in a transaction, which asks one statement after the other. */
export async function readStatedNodes({ sql, tenantId, seal }: { readonly sql: Sql; readonly tenantId: string; readonly seal: Seal }, kind: StatedKind, ids: readonly string[], asOf: AsOf): Promise<StatedNode[]> {
  const precedence = await precedenceInForce(sql, tenantId, asOf);
  return toStatedNodes(kind, ids, await groupsOf(sql, tenantId, ids, asOf), { precedence, seal });
}

async function groupsOf(sql: Sql, tenantId: string, ids: readonly string[], asOf: AsOf): Promise<ReadonlyMap<string, StatedGroup>> {
  if (asOf === null) return (await currentStatements(sql, tenantId, ids, { merged: true })).groups;
  return pastStatements(sql, tenantId, ids, { knownAt: asOf.knownAt, validAt: asOf.validAt ?? 'infinity' });
}

function toStatedNodes(kind: StatedKind, ids: readonly string[], groups: ReadonlyMap<string, StatedGroup>, by: { readonly precedence: PublishedPrecedence; readonly seal: Seal }): StatedNode[] {
  const byMember = new Map([...groups.values()].flatMap((group) => group.memberIds.map((id) => [id, group] as const)));
  return ids.map((id) => foldStated(kind, byMember.get(id) ?? { rootId: id, statements: [] }, by));
}

/** A group of statements as a node of a kind. */
export function foldStated(kind: StatedKind, { rootId, statements }: Pick<StatedGroup, 'rootId' | 'statements'>, { precedence, seal }: { readonly precedence: PublishedPrecedence; readonly seal: Seal }): StatedNode {
  const opened = statements.map((stored) => openStatement(kind, stored, seal));
  return { kind, rootId, statements: opened, precedence, folded: foldStatements(opened, rulesOf(kind, precedence)) };
}
