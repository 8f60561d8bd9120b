import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountsToMatch, referencesToMatch } from './load-nodes.ts';

/** What decides which of two nodes survives. */
export interface Standing {
  readonly id: string;
  readonly isStub: boolean;
  /** In order. */
  readonly references: readonly { readonly system: string; readonly id: string }[];
}

const firstOf = ({ references: [first] }: Standing): string => (first ? `${first.system}\n${first.id}` : '\uffff');

/** The order in which nodes survive: one that its CRM stated before a stub, then more references, then the smallest reference. Neither age nor id decides. */
export function bySurvival(one: Standing, other: Standing): number {
  if (one.isStub !== other.isStub) return one.isStub ? 1 : -1;
  if (one.references.length !== other.references.length) return other.references.length - one.references.length;
  return firstOf(one) < firstOf(other) ? -1 : 1;
}

const currentContacts = statement<{ id: string }>('current_contacts', 'select id from contact where tenant_id = $1 and id = any($2::uuid[])');

/** Some nodes in the order in which they survive, without those that are retired, erased or merged into another. Three statements. */
export async function currentNodes(work: Work, ids: readonly string[]): Promise<Standing[]> {
  const accounts = new Map((await accountsToMatch(work, ids)).map((account) => [account.id as string, account]));
  const contacts = new Set((await work.rows(currentContacts, [work.tenantId, ids])).map(({ id }) => id));
  const references = await referencesToMatch(work, ids);
  return ids
    .filter((id) => accounts.has(id) || contacts.has(id))
    .map((id): Standing => ({ id, isStub: accounts.get(id)?.isStub ?? false, references: references.get(id) ?? [] }))
    .toSorted(bySurvival);
}
