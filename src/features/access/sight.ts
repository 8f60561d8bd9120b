import type { DataClass } from '../../platform/graphql/shows.ts';
import { JsonText } from '../../platform/exact-json.ts';
import { maskIdentifier, maskJson } from '../../platform/mask-addresses.ts';
import { roles, type Role } from './roles.ts';

const everybody = roles;
const whoWorkWithPeople: readonly Role[] = ['analyst', 'approver', 'privacy_officer', 'agent', 'admin'];
const whoAnswerForPrivacy: readonly Role[] = ['privacy_officer', 'admin'];

/**
 * The one table of roles and what they see. Every place that shows personal data asks it: GraphQL over HTTP and sockets,
 * REST, exports. `schema/roles.md` is made of it, and a test runs every role over every field.
 */
export const sight: Readonly<Record<DataClass, readonly Role[]>> = {
  SYSTEM: everybody,
  IDENTIFIER: whoWorkWithPeople,
  TEXT: whoWorkWithPeople,
  PERSON_NAME: whoWorkWithPeople,
  PERSON_ADDRESS: whoWorkWithPeople,
  SIGNAL_PAYLOAD: whoWorkWithPeople,
  PROFILE_VALUE: whoWorkWithPeople,
  CHILD_VALUE: ['privacy_officer', 'agent', 'admin'],
  DRAFT: whoWorkWithPeople,
  CONSENT_EVIDENCE: whoWorkWithPeople,
  CONSENT: whoAnswerForPrivacy,
  ERASURE: whoAnswerForPrivacy,
  AUDIT: whoAnswerForPrivacy,
  ADMINISTRATION: ['admin'],
};

/** What other roles are shown instead: a text without addresses, nothing, or a refusal of the whole question. */
export const masking: Readonly<Record<DataClass, 'SHOWN' | 'ADDRESSES' | 'HIDDEN' | 'REFUSED'>> = {
  SYSTEM: 'SHOWN',
  IDENTIFIER: 'ADDRESSES',
  TEXT: 'ADDRESSES',
  PERSON_NAME: 'ADDRESSES',
  PERSON_ADDRESS: 'HIDDEN',
  SIGNAL_PAYLOAD: 'ADDRESSES',
  PROFILE_VALUE: 'HIDDEN',
  CHILD_VALUE: 'HIDDEN',
  DRAFT: 'HIDDEN',
  CONSENT_EVIDENCE: 'HIDDEN',
  CONSENT: 'REFUSED',
  ERASURE: 'REFUSED',
  AUDIT: 'REFUSED',
  ADMINISTRATION: 'REFUSED',
};

/** A caller, as far as it matters here. */
export interface Viewer {
  readonly roles: ReadonlySet<string>;
}

// One set of roles per credential: asked once for it, however many fields are shown.
const seen = new WeakMap<ReadonlySet<string>, Map<DataClass, boolean>>();

/** Whether a caller sees data of a class as it is. */
export function sees({ roles: own }: Viewer, shows: DataClass): boolean {
  let known = seen.get(own);
  if (!known) seen.set(own, (known = new Map()));
  let answer = known.get(shows);
  if (answer === undefined) known.set(shows, (answer = sight[shows].some((role) => own.has(role))));
  return answer;
}

/** Whether a caller sees people's addresses, wherever they stand. */
export const seesAddresses = (viewer: Viewer): boolean => sees(viewer, 'PERSON_ADDRESS');

/** What stands in the place of a value of a class for a caller who does not see it. */
export function masked(value: unknown, shows: DataClass): unknown {
  if (value === null || value === undefined) return null;
  if (masking[shows] === 'SHOWN') return value;
  if (masking[shows] !== 'ADDRESSES') return typeof value === 'object' && !Array.isArray(value) ? {} : null;
  if (shows === 'IDENTIFIER' && typeof value === 'string') return maskIdentifier(value);
  return maskJson(value instanceof JsonText ? value.toJSON() : value);
}

/** Masks fields of a row in place for a caller who does not see addresses; for everybody else it costs one look. */
export function maskRow<Row extends object>(viewer: Viewer, row: Row, fields: readonly (readonly [string, DataClass])[]): Row {
  if (seesAddresses(viewer)) return row;
  for (const [name, shows] of fields) {
    const value: unknown = Reflect.get(row, name);
    if (value !== null && value !== undefined) Reflect.set(row, name, masked(value, shows));
  }
  return row;
}
