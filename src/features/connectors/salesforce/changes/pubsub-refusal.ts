import { VendorFault } from '../../outbound/vendor-fault.ts';
import { faultOfStatus } from '../../outbound/general-fault.ts';

/** The status codes of gRPC that are told apart. */
export const grpcStatus = { cancelled: 1, invalidArgument: 3, deadlineExceeded: 4, notFound: 5, permissionDenied: 7, resourceExhausted: 8, failedPrecondition: 9, internal: 13, unavailable: 14, unauthenticated: 16 } as const;

/** A call of the Pub/Sub API that failed. */
export class PubSubRefusal extends Error {
  /** The code of gRPC. */
  readonly status: number;
  /** Salesforce's own code, in the trailer `error-code`. */
  readonly errorCode: string;

  constructor(status: number, errorCode = '') {
    super(`The Pub/Sub API of Salesforce refused a call (gRPC ${status}).`);
    this.name = 'PubSubRefusal';
    this.status = status;
    this.errorCode = errorCode;
  }

  /** Whether the place in the stream is older than the 72 hours that Salesforce keeps, or of another organization. */
  get isPlaceLost(): boolean {
    return /replay_?id/i.test(this.errorCode);
  }

  /** Whether the access token is no longer accepted. */
  get isUnauthenticated(): boolean {
    return this.status === grpcStatus.unauthenticated || /service\.auth|authentication/i.test(this.errorCode);
  }
}

const notShown = 'Salesforce does not let the integration user receive change events. Select the objects in Setup → Change Data Capture, grant the user View All for each of them, or View All Data, and check the setting changeDataCapture.';

/** Makes a fault of a refusal. */
export function classifyPubSub(refusal: PubSubRefusal, now: Date): VendorFault {
  const { status, errorCode } = refusal;
  if (refusal.isUnauthenticated) return faultOfStatus({ vendor: 'salesforce', status: 401, now });
  if (status === grpcStatus.permissionDenied || status === grpcStatus.notFound) return new VendorFault('FORBIDDEN', notShown);
  if (status === grpcStatus.resourceExhausted || /limit\.exceeded/.test(errorCode)) return new VendorFault('RATE_LIMITED', 'Salesforce delivers no more change events to this organization at the moment: its allocation of event deliveries or of subscribers is used up.', { limitReason: 'event delivery', limitScope: 'OPERATION' });
  if (status === grpcStatus.deadlineExceeded) return new VendorFault('TIMEOUT', 'The Pub/Sub API of Salesforce did not answer in time.');
  if (status === grpcStatus.invalidArgument || status === grpcStatus.failedPrecondition) return new VendorFault('REFUSED', 'The Pub/Sub API of Salesforce refused the subscription. Check the setting changeDataCapture.');
  return new VendorFault('UNAVAILABLE', 'The Pub/Sub API of Salesforce is not available. Change events are followed again by themselves.');
}
