import { Unauthenticated } from '../../platform/errors.ts';
import { isUuid } from '../../platform/ids.ts';

/** A request as its sender signed it. */
export interface InboundRequest {
  /** The value of a header by its lower-case name; null if it is absent or repeated. */
  header(name: string): string | null;
  /** The value of a query parameter; null if it is absent or repeated. */
  query(name: string): string | null;
  readonly method: string;
  /** The path with its query, as it was received. */
  readonly path: string;
  /** Where the public reaches this program: `https://graph.example`; null where that is not configured. */
  readonly publicUrl: string | null;
  /** The body's bytes. */
  readonly body: Buffer;
  readonly now: Date;
}

/** Who sent a request: checked before its body is parsed. */
export interface Authentication {
  /** The id of the secret that the request names. */
  readonly secretId: string;
  /**
   * Whether it proves who sent the delivery: by a signature that covers the body, or by a credential that only the sender
   * has, as an API key is one. What is repeated must change nothing. Otherwise what is delivered is ANONYMOUS.
   */
  readonly isProof: boolean;
  /** The secret itself, where the request is the one by which a vendor sends it. */
  readonly firstSecret?: string;
  /** Throws `Unauthenticated` if the request is not signed with the secret, or not now. `settings`: those of the secret. */
  verify(secret: Buffer, settings: unknown): void | Promise<void>;
}

/** An answer that the source defines: to a request by which it checks the endpoint, or to a delivery. */
export interface Handshake {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The id of the secret that a request names: by the header X-Webhook-Id, or by `?id=` for vendors that send no header of ours. */
export function secretIdOf(request: Pick<InboundRequest, 'header' | 'query'>): string {
  const [byHeader, byQuery] = [request.header('x-webhook-id'), request.query('id')];
  if (byHeader !== null && byQuery !== null && byHeader !== byQuery) throw new Unauthenticated('X-Webhook-Id and ?id= name two secrets. Send one of them.');
  const id = byHeader ?? byQuery;
  if (!id || !isUuid(id)) throw new Unauthenticated('X-Webhook-Id, or ?id= in the URL, must hold the id of the webhook\'s secret.');
  return id;
}
