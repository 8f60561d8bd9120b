import type { PersonalPlace } from '../platform/postgres/personal-place.ts';
import { contactPlace } from '../features/accounts/index.ts';
import { actionPlace, cancelOnRevocation } from '../features/actions/index.ts';
import { consentPlace, suppressionPlace, type RevocationReaction } from '../features/consent/index.ts';
import { textPlace } from '../features/erasure/index.ts';
import { sessionPlace } from '../features/sessions/index.ts';
import { profilePlace } from '../features/profiles/index.ts';

/** What happens in the same transaction when a consent is revoked; each declared by the feature that acts. */
export const revocationReactions: readonly RevocationReaction[] = [cancelOnRevocation];

/** Every place that holds personal data; each declared by the feature that owns it, and erased in this order. */
export const personalPlaces: readonly PersonalPlace[] = [suppressionPlace, consentPlace(revocationReactions), contactPlace, profilePlace, sessionPlace, actionPlace, textPlace];
