import { wrappedTable } from '../../platform/postgres/keys/wrapped-table.ts';

/** The table of webhook secrets, for rotations of the master key. */
export const webhookSecretKeys = wrappedTable({ table: 'webhook_secret', id: 'id', column: 'wrapped_secret', order: 'id' });
