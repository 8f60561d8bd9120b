import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** What personal data is used for. */
export const ConsentPurpose = graphEnum('ConsentPurpose', 'What personal data is used for. A person decides about each by itself.', {
  OUTREACH: 'Writing to or calling the person about a deal: what actions propose.',
  MARKETING: 'Newsletters, campaigns, events.',
  SERVICE: 'Support, onboarding and other messages about a product that is in use.',
  PROFILING: 'Drawing conclusions about the person from what is known.',
  ENRICHMENT: 'Asking third parties for more about the person.',
  SALE_OR_SHARING: 'Selling personal data, or sharing it for advertising across contexts (CCPA).',
});
export type ConsentPurpose = keyof typeof ConsentPurpose;

/** By which way a person is reached. */
export const ConsentChannel = graphEnum('ConsentChannel', 'By which way the person is reached.', {
  EMAIL: 'By e-mail.',
  PHONE: 'By telephone.',
  SMS: 'By text message.',
  CHAT: 'By chat and messengers.',
  POST: 'By letter.',
  NONE: 'Not at all: the data is processed without reaching the person, as for profiling, enrichment or sale.',
});
export type ConsentChannel = keyof typeof ConsentChannel;

/** What makes the use lawful. */
export const ConsentBasis = graphEnum('ConsentBasis', 'What makes the use lawful.', {
  CONSENT: 'The person agreed (GDPR Art. 6(1)(a), DPDP s. 6).',
  CONTRACT: 'A contract with the person needs it (GDPR Art. 6(1)(b)).',
  LEGAL_OBLIGATION: 'A law demands it (GDPR Art. 6(1)(c)).',
  VITAL_INTEREST: 'Somebody\'s life depends on it (GDPR Art. 6(1)(d)).',
  PUBLIC_TASK: 'A public task needs it (GDPR Art. 6(1)(e)).',
  LEGITIMATE_INTEREST: 'An interest that outweighs the person\'s (GDPR Art. 6(1)(f)).',
  LEGITIMATE_USE: 'A use that the law allows without consent (DPDP s. 7).',
  NOTICE_NO_OPT_OUT: 'The person was told and did not opt out (CCPA).',
});
export type ConsentBasis = keyof typeof ConsentBasis;

/** How a consent stands at an instant. */
export const ConsentStanding = graphEnum('ConsentStanding', 'How a consent stands at the instant of the question.', {
  GRANTED: 'It holds.',
  REVOKED: 'It was taken back, or the person objected without ever having agreed.',
  EXPIRED: 'It was granted for a time that is over.',
  UNKNOWN: 'The person was never asked, or was erased since.',
});
export type ConsentStanding = keyof typeof ConsentStanding;
