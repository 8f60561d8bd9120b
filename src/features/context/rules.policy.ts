import type { Role } from '../access/index.ts';

/** The rules of the account context are for administrators to decide. */
export const mayPublishContextRules: readonly Role[] = ['admin'];
/** Validating a figure from a call records it. */
export const mayValidateCalls: readonly Role[] = ['analyst', 'approver', 'agent', 'admin'];
