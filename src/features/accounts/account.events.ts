import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

/** Something known about an account was made or replaced. */
export const accountChanged = defineEvent(
  'account.changed',
  1,
  'An account, or a record that hangs on it, was created or replaced.',
  z.strictObject({
    accountId: z.uuid(),
    /** The table: `account`, `opportunity`, `ticket`, …. */
    what: z.string(),
    /** The rows that changed. */
    ids: z.array(z.uuid()),
    /** Of playbook executions: those that this change completed; absent when it completed none. */
    completed: z.array(z.uuid()).optional(),
  }),
);

/** An account left what the tenant works with. */
export const accountRetired = defineEvent('account.retired', 1, 'An account was retired: it left lists, counts, scores, health and new snapshots. Its history stays.', z.strictObject({ accountId: z.uuid() }));

/** A retired account is in use again. */
export const accountRestored = defineEvent('account.restored', 1, 'A retired account is in use again, because its source or a person said so.', z.strictObject({ accountId: z.uuid() }));

/** Accounts were found to be one. */
export const accountMerged = defineEvent(
  'account.merged',
  1,
  'An account was merged into another: its signals, records and actions count for the survivor. One fact for each of the two.',
  z.strictObject({ accountId: z.uuid(), mergeId: z.uuid(), intoId: z.uuid(), fromId: z.uuid() }),
);

/** A merge was undone. */
export const accountUnmerged = defineEvent(
  'account.unmerged',
  1,
  'A merge of accounts was undone: each has again what its sources said of it. One fact for each of the two.',
  z.strictObject({ accountId: z.uuid(), mergeId: z.uuid(), intoId: z.uuid(), fromId: z.uuid() }),
);

/** The kinds of events about accounts. */
export const accountEvents = [accountChanged, accountRetired, accountRestored, accountMerged, accountUnmerged] as const;
