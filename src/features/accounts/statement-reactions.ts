import type { Work } from '../../platform/postgres/work.ts';

/** What follows in another feature when something was stated of nodes of a type, in the transaction that states it. */
type Reaction = (work: Work, nodeIds: readonly string[]) => Promise<void>;

const reactions = new Map<string, Reaction>();

/** Declares what follows when sources state something of nodes of a type, also what is older than what they said before. */
export function reactToStatements(nodeType: string, reaction: Reaction): void {
  reactions.set(nodeType, reaction);
}

/** Lets follow what statements about nodes of a type bring. */
export async function followStatements(work: Work, nodeType: string, nodeIds: readonly string[]): Promise<void> {
  if (nodeIds.length > 0) await reactions.get(nodeType)?.(work, [...new Set(nodeIds)]);
}
