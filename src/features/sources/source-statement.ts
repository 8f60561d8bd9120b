import { createHash } from 'node:crypto';

/** How a statement is meant: what it leaves out is unknown (PATCH) or absent (REPLACE), or the node has ended (RETIRE). */
export type StatementMode = 'PATCH' | 'REPLACE' | 'RETIRE';

/** The source of values that a person stated by hand. */
export const manualSource = 'manual';

/** The source of values that enrichment providers sold. Where no rule ranks it, every other source wins over it. */
export const enrichmentSource = 'enrichment';

/** The pseudo field by which sources say whether a node exists: true for ended. */
export const retiredField = '@retired';
/** The pseudo field by which sources say which account a record belongs to. */
export const accountField = '@account';

/** 16 bits of the hash of a reference: enough to order accounts by, too few to recognise what it names. */
export function accountOrderOf({ system, id }: { readonly system: string; readonly id: string }): number {
  return createHash('sha256').update(`${system}\n${id}`).digest().readUInt16BE();
}

/** The pseudo field by which sources say when a thing with a time of its own took place: a note, an activity. */
export const occurredField = '@occurredAt';

/** What a source said about a node at an instant. */
export interface SourceStatement {
  readonly id: string;
  /** The node that it is about, before merges. */
  readonly nodeId: string;
  /** The account that a record was said to belong to, before merges; null for accounts. */
  readonly accountId: string | null;
  /** Decides between accounts that are named for one instant, since ids follow the order of arrival: `accountOrderOf` the reference that named it. Null or absent: it was named by id. */
  readonly accountOrder?: number | null;
  readonly source: string;
  readonly mode: StatementMode;
  /** When it was true; RFC 3339, UTC. */
  readonly occurredAt: string;
  /** When the source changed what it says, for what can change without another `occurredAt`: an edited note. Null: as `occurredAt`. */
  readonly modifiedAt: string | null;
  /** Whether the source said when it was true or changed; otherwise it is when the statement arrived. */
  readonly timed: boolean;
  /** The rank of its origin class, 0 to 6. */
  readonly origin: number;
  readonly recordedAt: string;
  /** By GraphQL field: what its column holds, or an object by column where a field has several; null: no value. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** By field from whose text an erasure took a person: the keyed digest of what the source said. Null or absent: no field. */
  readonly erased?: Readonly<Record<string, string>> | null;
  /** The person whose key seals the personal data in `fields`; null where there is none. */
  readonly subjectId: string | null;
  /** Who delivered it: the kind and id of the caller. */
  readonly statedBy: string;
}
