import type { z } from 'zod';
import type { InboundRequest, Authentication, Handshake } from './inbound-request.ts';
import type { Reading } from './reading.ts';
import type { AccountPlace } from './state-places.ts';

/**
 * Who makes the secret of a source. OURS: this program, as 32 bytes. TEXT: this program as a text, or an administrator
 * gives one, since the vendor takes any. VENDOR: the vendor, and an administrator gives it. FIRST_REQUEST: the vendor
 * sends it with its first request.
 */
export type SecretMaker = 'OURS' | 'TEXT' | 'VENDOR' | 'FIRST_REQUEST';

/**
 * A source of webhooks. Everything here is pure: it reads no clock, no database and no network. The route
 * `/api/integrations/:source/webhook` looks the secret up, applies limits, and stores what was read in one transaction.
 */
export interface Connector {
  /** Its name in the route and in secrets. */
  readonly source: string;
  readonly secretMaker: SecretMaker;
  /** The settings that a secret of the source may have; null where there are none. Absent settings have defaults. */
  readonly settings: z.ZodType | null;
  /** Which places at the vendor the settings give to which account: a Slack channel, a Jira project. */
  places?(settings: unknown): readonly AccountPlace[];
  /** What the path that the vendor calls needs beside the id of the secret: a token that follows from the secret. */
  pathQuery?(secret: Buffer, settings: unknown): string | undefined;
  /** Reads who signed a request. Throws `Unauthenticated` if the request does not say. */
  authenticate(request: InboundRequest): Authentication;
  /** Reads the bytes of a body that is not JSON, once the sender is known; null: it is JSON. Throws `InvalidInput`. */
  parse?(request: InboundRequest): unknown;
  /** The answer to a request that only checks the endpoint; null for a delivery. Called once the sender is known. */
  handshake?(body: unknown): Handshake | null;
  /** Reads a body whose sender is known, by the settings of the secret and what the headers say. Throws `InvalidInput` with the place of the fault. */
  read(body: unknown, settings: unknown, request: Pick<InboundRequest, 'header' | 'now'>): Reading;
  /** The answer to a delivery that was taken in, where the vendor wants one of its own. */
  acknowledge?(body: unknown): Handshake | null;
}
