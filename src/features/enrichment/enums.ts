import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** Who is asked about accounts. */
export const EnrichmentProviderName = graphEnum('EnrichmentProviderName', 'A provider that accounts are enriched by.', {
  NONE: 'Nobody: enrichment is off.',
  MOCK_CLEARBIT: 'A mock of Clearbit. It calls nobody; its values are made up from the domain of the account and are labelled as mock data.',
  HTTP: 'The HTTP provider that `saveEnrichmentProvider` describes.',
});
export type EnrichmentProviderName = keyof typeof EnrichmentProviderName;

/** Providers that enrichments name. */
export type CalledProvider = Exclude<EnrichmentProviderName, 'NONE'>;

/** How far an enrichment has come. */
export const EnrichmentStatus = graphEnum('EnrichmentStatus', 'How far an enrichment has come.', {
  REQUESTED: 'Its price is reserved; the provider has not been called yet.',
  CALLING: 'The provider is being called.',
  COMPLETED: 'The provider returned values.',
  NO_MATCH: 'The provider does not know the account.',
  FAILED: 'No values were obtained; `failureCode` says why.',
  UNKNOWN: 'The process ended during the call, so the provider may have charged: the full price counts as spent.',
});
export type EnrichmentStatus = keyof typeof EnrichmentStatus;

/** What an enrichment was requested by. */
export const EnrichmentTrigger = graphEnum('EnrichmentTrigger', 'What an enrichment was requested by.', {
  MANUAL: '`enrichAccount`.',
  HIGH_INTENT: 'High intent with low context quality, by the enrichment policy.',
});
export type EnrichmentTrigger = keyof typeof EnrichmentTrigger;

/** Why no values were obtained. */
export const EnrichmentFailure = graphEnum('EnrichmentFailure', 'Why an enrichment has no values.', {
  NOT_CALLED: 'The process ended before the provider was called. Nothing was charged.',
  PROVIDER_CHANGED: 'The policy or the provider was changed before the call. Nothing was charged.',
  ACCOUNT_GONE: 'The account was retired before the call. Nothing was charged.',
  OUTCOME_UNKNOWN: 'The process ended during the call.',
  UNREACHABLE: 'The provider could not be reached. Nothing was charged.',
  INNER_ADDRESS: 'The host of the provider resolves to an address of this machine or its network, which is not called. Nothing was charged.',
  INTERRUPTED: 'The connection to the provider was interrupted; it may have charged.',
  TIMED_OUT: 'The provider did not answer in time; it may have charged.',
  UNAUTHORIZED: 'The provider does not accept the API key.',
  RATE_LIMITED: 'The provider received too many calls.',
  REFUSED: 'The provider refused the call.',
  UNAVAILABLE: 'The provider failed with HTTP 5xx; it may have charged.',
  UNREADABLE: 'The answer is not JSON, has no value where the mapping looks for one, or is larger than 256 KiB.',
  OUTBOUND_REFUSED: 'This process makes no calls to other systems. Nothing was charged.',
});
export type EnrichmentFailure = keyof typeof EnrichmentFailure;

/** Why a value of an answer was not taken. */
export const RefusedValueCode = graphEnum('RefusedValueCode', 'Why a value of a provider was not taken.', {
  WRONG_TYPE: 'It is not of the type of the field.',
  TOO_LONG: 'It is longer than the field allows.',
  UNSAFE_TEXT: 'It has line breaks, or characters that cannot be seen.',
  OUT_OF_RANGE: 'It is a number outside of what the field allows.',
  NOT_ALLOWED: 'The person objected, was erased, or did not consent to ENRICHMENT.',
});
export type RefusedValueCode = keyof typeof RefusedValueCode;
