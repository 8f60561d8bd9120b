import type { CalledProvider, EnrichmentFailure } from './enums.ts';

/** What a provider is asked. Of the account only its name and domain leave the program; of people only addresses of those who consented. */
export interface EnrichmentQuestion {
  /** Names the call; a provider that knows idempotency keys charges it once. */
  readonly callId: string;
  readonly companyName: string;
  /** Null: no web site is known. */
  readonly domain: string | null;
  readonly people: readonly { readonly contactId: string; readonly email: string }[];
}

/** What a provider says, unchecked: by field of the account, and by contact and field. */
export interface ProviderAnswer {
  readonly company: Readonly<Record<string, unknown>>;
  readonly people: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** A provider as it is called. */
export interface EnrichmentProvider {
  readonly name: CalledProvider;
  /** What one call costs at most, in US cents. */
  readonly priceMinor: number;
  /** Whether a call costs its price also where the provider knows nothing. */
  readonly chargesNoMatch: boolean;
  /** Asks about one account. Null: the provider does not know it. Throws `ProviderFault`. */
  ask(question: EnrichmentQuestion, signal: AbortSignal): Promise<ProviderAnswer | null>;
}

/** Failures after which the provider cannot have charged. */
const free: ReadonlySet<EnrichmentFailure> = new Set(['NOT_CALLED', 'PROVIDER_CHANGED', 'ACCOUNT_GONE', 'UNREACHABLE', 'INNER_ADDRESS', 'UNAUTHORIZED', 'RATE_LIMITED', 'REFUSED', 'OUTBOUND_REFUSED']);

/** Whether a failed call may have been charged: then its whole price counts as spent, so that the budget is never exceeded. */
export function mayHaveCharged(failure: EnrichmentFailure): boolean {
  return !free.has(failure);
}

/** A call that brought no answer. It holds nothing of what the provider sent. */
export class ProviderFault extends Error {
  readonly code: EnrichmentFailure;

  constructor(code: EnrichmentFailure) {
    super(`the enrichment provider failed: ${code}`);
    this.name = 'ProviderFault';
    this.code = code;
  }
}
