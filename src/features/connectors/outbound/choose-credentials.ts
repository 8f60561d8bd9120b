import { z } from 'zod';

/** A way to sign in at a vendor. */
interface SignIn<Credentials> {
  /** The field by which it is recognised. */
  readonly field: string;
  readonly schema: z.ZodType<Credentials>;
}

/**
 * Credentials of a vendor that can be signed in to in more than one way. The first way whose field is given is the one that is
 * meant, else the last, so that a fault names the field that is wrong and not all ways at once.
 */
export function chooseCredentials<Credentials>(ways: readonly [SignIn<Credentials>, ...SignIn<Credentials>[]], missing: string): z.ZodType<Credentials> {
  return z.record(z.string(), z.unknown(), missing).transform((given, context): Credentials => {
    const way = ways.find(({ field }) => Object.hasOwn(given, field));
    if (!way) {
      context.addIssue({ code: 'custom', message: missing });
      return z.NEVER;
    }
    const read = way.schema.safeParse(given);
    if (read.success) return read.data;
    for (const { message, path } of read.error.issues) context.addIssue({ code: 'custom', message, path: [...path] });
    return z.NEVER;
  });
}

/** A secret text of credentials: neither empty nor with blanks, which come from copying. */
export const secretText = (message: string): z.ZodString => z.string(message).regex(/^\S{1,4096}$/, message);

/** Credentials of OAuth: those of the app, and the token with which access tokens are made. */
export interface OAuthCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/** Credentials of OAuth, by the errors that say where each is found. */
export const oauthCredentials = (messages: Readonly<Record<keyof OAuthCredentials, string>>): z.ZodType<OAuthCredentials> =>
  z.strictObject({ clientId: secretText(messages.clientId), clientSecret: secretText(messages.clientSecret), refreshToken: secretText(messages.refreshToken) });
