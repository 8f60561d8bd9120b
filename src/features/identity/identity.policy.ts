import type { Role } from '../access/index.ts';

/** Machines and administrators keep references; it is they who write records. */
export const mayLinkReferences: readonly Role[] = ['agent', 'admin'];

/** People who look after data decide whether two nodes are one; machines do not. */
export const mayDecideMatches: readonly Role[] = ['analyst', 'admin'];

/** The policy merges without asking, so only administrators set it. */
export const maySetMatchingPolicy: readonly Role[] = ['admin'];
