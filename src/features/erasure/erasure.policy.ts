import { sight, type Role } from '../access/index.ts';

/** Who previews and executes erasures, and hands people their data. */
export const mayErase: readonly Role[] = sight.ERASURE;
