import type { Role } from '../access/index.ts';

/** Who may have snapshots taken. */
export const mayTakeSnapshots: readonly Role[] = ['analyst', 'approver', 'agent', 'admin'];
/** Who may say what is significant, and how long snapshots are kept. */
export const maySetSnapshotPolicy: readonly Role[] = ['admin'];
