import type { AccountStatement, RecordInput } from '../accounts/index.ts';
import type { SignalStatement } from '../signals/index.ts';
import type { OriginClass } from '../trust/index.ts';

/** Records of one kind, as the GraphQL inputs are. */
export interface ReadRecord {
  /** The list's name: `opportunities`. */
  readonly plural: string;
  readonly input: RecordInput;
  /** Of a deal whose stage is stated: what is kept as the report, and what the source says of the stage. */
  readonly report?: { readonly payload: unknown; readonly closedAs: 'WON' | 'LOST' | null };
  readonly path: readonly string[];
  readonly names?: BodyNames;
}

/** What the body calls the inputs' fields, by their path joined with dots: `account.externalRef.id` is `AccountId`. Faults name those. */
export type BodyNames = Readonly<Record<string, string>>;

/** The place in the body of a field of an item's input. */
export function placeIn({ path, names = {} }: { readonly path: readonly string[]; readonly names?: BodyNames | undefined }, field: readonly string[]): string[] {
  for (let length = field.length; length > 0; length -= 1) {
    const name = names[field.slice(0, length).join('.')];
    if (name !== undefined) return [...path, ...name.split('.')];
  }
  return [...path, ...field];
}

/** That a source ended something. */
export interface ReadDeletion {
  /** The GraphQL type. */
  readonly type: string;
  readonly externalRef: { readonly system: string; readonly id: string };
  readonly source: string | null;
  readonly occurredAt: string | null;
  readonly reason: string | null;
  /** Whether the source asks for the person to be erased here, too. */
  readonly asksErasure?: boolean;
  readonly path: readonly string[];
  readonly names?: BodyNames;
}

/** Why an item of a delivery is not taken in, though the delivery is. */
export type IgnoredReason =
  /** Nothing in it names an account. */
  | 'NO_ACCOUNT'
  /** The connector does not read this kind of event. */
  | 'NOT_READ'
  /** This program's own doing. */
  | 'OWN_MESSAGE'
  /** It is planned and has not taken place. */
  | 'NOT_YET'
  /** It has another shape than the vendor documents; other items of the body were read. */
  | 'UNREADABLE';

/** An item that is not taken in, with why. */
export interface IgnoredItem {
  readonly reason: IgnoredReason;
  readonly message: string;
  readonly path: readonly string[];
}

/** Something that changed at a source, which does not say how: it is read again at the vendor. */
export interface ReadFetch {
  /** What it is, as the vendor names it: `page`, `contact`. */
  readonly kind: string;
  readonly externalId: string;
  /** When it changed. */
  readonly occurredAt: string;
  readonly path: readonly string[];
}

/** Something that happened to a thread of the chat. */
export interface ReadThreadEvent {
  readonly account: RecordInput['account'];
  readonly externalRef: { readonly system: string; readonly id: string };
  /** When the thread was begun. */
  readonly threadAt: string;
  /** `root`, `reply <id>`, `removed <id>`, `ended`, or `ended seen`: it was found to have ended, at some time before. */
  readonly event: string;
  /** When it happened. */
  readonly occurredAt: string;
  readonly origin?: OriginClass;
  readonly path: readonly string[];
}

/** A message of a contact, for the queue of its agent session. */
export interface ReadSessionMessage {
  readonly inboxId: number;
  readonly contactId: string;
  /** By which a message that is delivered again is known. */
  readonly deliveryKey: string;
  /** When it was written. RFC 3339. */
  readonly occurredAt: string;
  /** What agents are handed. */
  readonly text: string;
  readonly path: readonly string[];
}

/** What a body says. */
export interface Reading {
  readonly accounts: readonly { readonly input: AccountStatement; readonly path: readonly string[] }[];
  readonly records: readonly ReadRecord[];
  readonly signals: readonly { readonly statement: SignalStatement; readonly path: readonly string[] }[];
  readonly deletions: readonly ReadDeletion[];
  readonly fetches?: readonly ReadFetch[];
  readonly threadEvents?: readonly ReadThreadEvent[];
  readonly messages?: readonly ReadSessionMessage[];
  readonly ignored?: readonly IgnoredItem[];
  /** The vendor's id of the delivery, the same when it is sent again. */
  readonly deliveryId?: string;
}

/** Several readings as one. */
export function joinReadings(readings: readonly Partial<Reading>[]): Reading {
  return {
    accounts: readings.flatMap(({ accounts = [] }) => accounts),
    records: readings.flatMap(({ records = [] }) => records),
    signals: readings.flatMap(({ signals = [] }) => signals),
    deletions: readings.flatMap(({ deletions = [] }) => deletions),
    fetches: readings.flatMap(({ fetches = [] }) => fetches),
    threadEvents: readings.flatMap(({ threadEvents = [] }) => threadEvents),
    messages: readings.flatMap(({ messages = [] }) => messages),
    ignored: readings.flatMap(({ ignored = [] }) => ignored),
  };
}
