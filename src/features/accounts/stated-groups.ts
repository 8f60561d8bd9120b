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
    load: (call: Asking, ids: readonly string[], asOf: AsOf) => readStatedNodes({ sql: call.read, tenantId: call.tenantId, seal: call.seal }, kind, ids, asOf),
  };
  questions.set(kind.type, question);
  return question;
}

/** What sources say of nodes of a kind, folded by the policy in force at the instant, in the order of their ids. Two statements. */
export async function readStatedNodes({ sql, tenantId, seal }: { readonly sql: Sql; readonly tenantId: string; readonly seal: Seal }, kind: StatedKind, ids: readonly string[], asOf: AsOf): Promise<StatedNode[]> {
  const [precedence, groups] = await Promise.all([
    precedenceInForce(sql, tenantId, asOf),
    asOf === null ? currentStatements(sql, tenantId, ids, { merged: true }).then((found) => found.groups) : pastStatements(sql, tenantId, ids, { knownAt: asOf.knownAt, validAt: asOf.validAt ?? 'infinity' }),
  ]);
  const byMember = new Map([...groups.values()].flatMap((group) => group.memberIds.map((id) => [id, group] as const)));
  return ids.map((id) => foldStated(kind, byMember.get(id) ?? { rootId: id, statements: [] }, { precedence, seal }));
}

/** A group of statements as a node of a kind. */
export function foldStated(kind: StatedKind, { rootId, statements }: Pick<StatedGroup, 'rootId' | 'statements'>, { precedence, seal }: { readonly precedence: PublishedPrecedence; readonly seal: Seal }): StatedNode {
  const opened = statements.map((stored) => openStatement(kind, stored, seal));
  return { kind, rootId, statements: opened, precedence, folded: foldStatements(opened, rulesOf(kind, precedence)) };
}
