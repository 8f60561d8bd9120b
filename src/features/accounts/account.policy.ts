import type { Role } from '../access/index.ts';

/** Machines and administrators keep accounts and their records up to date; people read them. */
export const mayWriteRecords: readonly Role[] = ['agent', 'admin'];
