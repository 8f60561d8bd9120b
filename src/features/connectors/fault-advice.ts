import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import type { VendorFaultCode as Code } from './outbound/vendor-fault.ts';

/** The codes of faults in the graph. */
export const VendorFaultCode = graphEnum<Code>('VendorFaultCode', 'What went wrong with a call to a vendor.', {
  UNAUTHORIZED: 'The credentials are not accepted. Calls are refused until an administrator gives others.',
  FORBIDDEN: 'The credentials do not allow the call. Other calls may work.',
  NOT_FOUND: 'There is no such object, or the credentials do not show it.',
  RATE_LIMITED: 'Too many calls in a short time.',
  QUOTA_USED_UP: 'The allocation of the hour or day is used up.',
  UNAVAILABLE: 'The vendor, or the network between, does not work at the moment.',
  TIMEOUT: 'The vendor did not answer in time.',
  CIRCUIT_OPEN: 'Many calls failed in a row, so this one was not made.',
  CONFLICT: 'The object was changed at the vendor since it was read.',
  REFUSED: 'The vendor refuses the request. The same request will be refused again.',
  UNREADABLE: 'The answer has another shape than the vendor documents.',
  DISCONNECTED: 'The connection is paused or removed, or its credentials changed while it was used.',
});

/** What an administrator does about each fault. */
export const adviceOf: Readonly<Record<Code, string>> = {
  UNAUTHORIZED: 'Make new credentials at the vendor and enter them with changeConnection. docs/connectors.md says where to find them.',
  FORBIDDEN: 'Give the app or user at the vendor the permissions that docs/connectors.md lists, then test again.',
  NOT_FOUND: 'Check the site, instance or workspace in the credentials, and that the app has access to it.',
  RATE_LIMITED: 'Nothing needs to be done: calls go on when the vendor allows them.',
  QUOTA_USED_UP: 'Wait until the allocation is renewed, or raise it at the vendor. Calls go on by themselves.',
  UNAVAILABLE: 'Check the status page of the vendor, and that this installation can reach it. Calls are tried again by themselves.',
  TIMEOUT: 'Check the status page of the vendor, and that this installation can reach it. Calls are tried again by themselves.',
  CIRCUIT_OPEN: 'Wait a minute, then test again. lastError says why calls failed.',
  CONFLICT: 'Nothing needs to be done: the object is read again.',
  REFUSED: 'Check the settings of the connection and the version of the app at the vendor.',
  UNREADABLE: 'Check that the address in the credentials is that of the vendor. If it is, the vendor has changed its API: update this program.',
  DISCONNECTED: 'Resume the connection with resumeConnection, or connect the vendor again with addConnection.',
};
