import type { Id } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ConsentChannel, ConsentPurpose } from './enums.ts';

/** A consent that is just being revoked. */
export interface RevokedConsent {
  readonly consentId: Id<'Consent'>;
  /** The version that says it is revoked. */
  readonly version: number;
  readonly subjectId: Id<'Subject'>;
  readonly purpose: ConsentPurpose;
  readonly channel: ConsentChannel;
  /** Whether somebody said so, or the person is being erased. */
  readonly cause: 'STATEMENT' | 'ERASURE';
}

/**
 * What a later feature does when consents are revoked, in the same transaction: if it throws, nothing is revoked. It is
 * called once with all that one transaction revokes, also for an objection that no grant preceded. Rows of the subject
 * are locked against everybody who called `holdConsent`. `src/api/privacy.ts` lists them.
 */
export interface RevocationReaction {
  readonly name: string;
  react(work: Work, revoked: readonly RevokedConsent[]): Promise<void>;
}
