export { checkEmail } from './check-consent.ts';
export { consentStates, holdConsent, type ConsentQuestion, type ConsentScope, type ConsentState } from './consent-states.ts';
export { consentGranted, consentRevoked } from './consent.events.ts';
export { consentsOfAddress } from './consent.queries.ts';
export { mayKeepConsent, mayReadConsent } from './consent.policy.ts';
export { ConsentBasis, ConsentChannel, ConsentPurpose, ConsentStanding } from './enums.ts';
export { grantConsent, type ConsentGrant } from './grant-consent.ts';
export type { RevocationReaction, RevokedConsent } from './revocation-reaction.ts';
export { revokeConsent, revokeConsents, type ConsentRevocation } from './revoke-consent.ts';
