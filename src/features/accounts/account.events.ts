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
