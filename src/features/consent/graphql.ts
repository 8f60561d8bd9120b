import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { mayReadConsent } from './consent.policy.ts';
import { consentById } from './consent.queries.ts';

export { consentResolvers } from './consent.resolver.ts';

/** How consents are read by id: by those who may look them up; for others there are none. */
export const consentNodes: readonly NodeReader[] = [
  { type: 'Consent', read: async (call, uuid, asOf) => (mayReadConsent.some((role) => call.roles.has(role)) ? ask(call, consentById, asOf, uuid) : null) },
];
