import { sight, type Role } from '../access/index.ts';

/**
 * Who may search, verify and export the audit chain: who keeps the tenant, and who answers for privacy. Analysts may not:
 * they are told where values come from by lineage, and the chain says besides what each colleague did and when.
 */
export const mayReadAudit: readonly Role[] = sight.AUDIT;
