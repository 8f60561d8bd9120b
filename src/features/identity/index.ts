import { matchDecided, matchesUpdated, matchingPolicyPublished } from './match.events.ts';
import { referenceLinked, referenceUnlinked } from './reference.events.ts';

export { matchNodes, type ToMatch } from './match-nodes.ts';
export { matchTenant, matchTenants } from './match-tenant.ts';
export type { MergeDecision, MergeNodes } from './merge-nodes.ts';
export { matchingPolicyPublished } from './match.events.ts';
export { referenceLinked, referenceUnlinked } from './reference.events.ts';

/** The kinds of events about who is who. */
export const identityEvents = [referenceLinked, referenceUnlinked, matchesUpdated, matchDecided, matchingPolicyPublished] as const;
