import { matchEvents } from './match.events.ts';
import { referenceEvents } from './reference.events.ts';

export { matchNodes, type ToMatch } from './match-nodes.ts';
export { matchTenant, matchTenants } from './match-tenant.ts';
export { matchingPolicyPublished } from './match.events.ts';
export { referenceLinked, referenceUnlinked } from './reference.events.ts';

/** The kinds of events about who is who. */
export const identityEvents = [...referenceEvents, ...matchEvents] as const;
