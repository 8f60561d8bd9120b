import type { Seal } from '../../platform/postgres/seal.ts';
import type { AsOf, Asking, Question } from '../../platform/graphql/call.ts';
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
      const [precedence, groups] = await Promise.all([
        precedenceInForce(call.read, call.tenantId, asOf),
        asOf === null ? currentStatements(call.read, call.tenantId, ids, { merged: true }).then((found) => found.groups) : pastStatements(call.read, call.tenantId, ids, { knownAt: asOf.knownAt, validAt: asOf.validAt ?? 'infinity' }),
      ]);
      const byMember = new Map([...groups.values()].flatMap((group) => group.memberIds.map((id) => [id, group] as const)));
      return ids.map((id) => foldStated(kind, byMember.get(id) ?? { rootId: id, statements: [] }, { precedence, seal: call.seal }));
    },
  };
  questions.set(kind.type, question);
  return question;
}

/** A group of statements as a node of a kind. */
export function foldStated(kind: StatedKind, { rootId, statements }: Pick<StatedGroup, 'rootId' | 'statements'>, { precedence, seal }: { readonly precedence: PublishedPrecedence; readonly seal: Seal }): StatedNode {
  const opened = statements.map((stored) => openStatement(kind, stored, seal));
  return { kind, rootId, statements: opened, precedence, folded: foldStatements(opened, rulesOf(kind, precedence)) };
}
