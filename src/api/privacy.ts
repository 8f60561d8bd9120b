import { cancelOnRevocation } from '../features/actions/index.ts';
import type { RevocationReaction } from '../features/consent/index.ts';

/** What happens in the same transaction when a consent is revoked; each declared by the feature that acts. */
export const revocationReactions: readonly RevocationReaction[] = [cancelOnRevocation];
