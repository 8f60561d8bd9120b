import { matchEvents } from './match.events.ts';
import { mergeEvents } from './identity.events.ts';
import { referenceEvents } from './reference.events.ts';

export { contactMerged, contactUnmerged } from './identity.events.ts';
export { mayMerge } from './identity.policy.ts';
export type { MergeKind } from './lock-groups.ts';
export { mergeNodes, type MergeDecision } from './merge-nodes.ts';
export { peopleOfContacts } from './merged-people.ts';
export { unmergeNodes, type UnmergeDecision } from './unmerge-nodes.ts';
export { matchNodes, type ToMatch } from './match-nodes.ts';
export { matchTenant, matchTenants } from './match-tenant.ts';
export { matchingPolicyPublished } from './match.events.ts';
export { referenceLinked, referenceUnlinked } from './reference.events.ts';

/** The kinds of events about who is who. */
export const identityEvents = [...referenceEvents, ...matchEvents, ...mergeEvents] as const;
