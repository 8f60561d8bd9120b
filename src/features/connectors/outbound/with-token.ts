import type { VendorAccess } from './vendor-api.ts';

/** How an attempt with an access token is made. */
export interface TokenAttempt<Answer> {
  /** The token that an administrator gave; null: tokens come from OAuth. */
  readonly given: string | null;
  /** Whether the vendor refused the token. */
  isRefused(error: unknown): boolean;
  attempt(token: string): Promise<Answer>;
}

/** Calls a vendor with an access token; once more with a new one, where the vendor refused one that OAuth made. */
export async function withToken<Answer>({ accessToken }: Pick<VendorAccess<unknown, unknown>, 'accessToken'>, { given, isRefused, attempt }: TokenAttempt<Answer>): Promise<Answer> {
  const token = given ?? (await accessToken());
  try {
    return await attempt(token);
  } catch (error) {
    if (given !== null || !isRefused(error)) throw error;
    const fresh = await accessToken(token);
    if (fresh === token) throw error;
    return attempt(fresh);
  }
}
