import type { ConsentStanding } from './enums.ts';
import { standingAt } from './standing.ts';

/** How an address of a person stands to a purpose by a channel; version 0: never asked. */
export interface MergedConsent {
  readonly version: number;
  readonly granted: boolean;
  readonly expiresAt: string | null;
}

/** SQL: how the other addresses of the person in a column stand, as JSON; null where no contact of theirs is merged. */
export const mergedConsents = (subject: string, purpose: string, channel: string): string =>
  `(select jsonb_agg(jsonb_build_object('version', m.version, 'granted', m.granted, 'expiresAt', m.expires_at)) from merged_consents($1, ${subject}, ${purpose}, ${channel}) m)`;

/** From what forbids most to what allows. Who was never asked by an address has not agreed. */
const restrictiveness: readonly ConsentStanding[] = ['REVOKED', 'EXPIRED', 'UNKNOWN', 'GRANTED'];

/** How a person stands who is known by several addresses: an objection by one of them holds for all, and a consent holds only if all gave it. */
export function mostRestrictive(own: MergedConsent, merged: readonly MergedConsent[] | null, now: string): ConsentStanding {
  const standings = new Set([own, ...(merged ?? [])].map((each) => standingAt(each, now)));
  return restrictiveness.find((standing) => standings.has(standing)) ?? 'UNKNOWN';
}

/** SQL: the standing of a consent `t` at an instant, its person's other addresses included. */
export const standingOfRow = (now: string): string => `case
  when not t.granted or exists (select from merged_consents($1, t.subject_id, t.purpose, t.channel) m where m.version > 0 and not m.granted) then 'REVOKED'
  when t.expires_at <= ${now} or exists (select from merged_consents($1, t.subject_id, t.purpose, t.channel) m where m.expires_at <= ${now}) then 'EXPIRED'
  when exists (select from merged_consents($1, t.subject_id, t.purpose, t.channel) m where m.version = 0) then 'UNKNOWN' else 'GRANTED' end`;
