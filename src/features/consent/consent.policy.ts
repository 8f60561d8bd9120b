import { sight, type Role } from '../access/index.ts';

/** Who records what people agreed to. */
export const mayKeepConsent: readonly Role[] = ['privacy_officer', 'admin'];

/** Who looks up a person's consents by their address. */
export const mayReadConsent: readonly Role[] = sight.CONSENT;
