import { z } from 'zod';

/** Salesforce sends few; a list beyond this is no header. */
const names = z.array(z.string());

/** The header of a change event. */
export const changeHeader = z.looseObject({
  entityName: z.string(),
  recordIds: z.array(z.string()),
  changeType: z.string(),
  changeOrigin: z.string().nullish(),
  transactionKey: z.string().nullish(),
  sequenceNumber: z.number().nullish(),
  /** Milliseconds since 1970. */
  commitTimestamp: z.number(),
  nulledFields: names.nullish(),
  diffFields: names.nullish(),
  changedFields: names.nullish(),
});

/** A change event, decoded. */
export interface ChangeEvent {
  /** The kind of the records: `Account`. */
  readonly entity: string;
  /** Ids of the records, which changed alike; may hold one such as `001*`, which stands for records that are not named. */
  readonly recordIds: readonly string[];
  /** CREATE, UPDATE, DELETE, UNDELETE, GAP_… of one of these, or GAP_OVERFLOW. */
  readonly changeType: string;
  /** Which client made the change. */
  readonly origin: string;
  readonly transactionKey: string;
  /** RFC 3339. */
  readonly committedAt: string;
  /** What the event says of the records: of an update what changed and what was cleared, else every field that has a value. Fields that are not here are as they were. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Fields of which only the difference to the text before is sent. */
  readonly differences: ReadonlySet<string>;
}
