import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { deriveInWork, type EvidenceRef, type HealthReason } from '../context/index.ts';

/** How a deal stands, as actions freeze it: conditions, ids and the version of the rules; no words of people. */
export interface DealHealthFacts {
  readonly value: 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN';
  readonly reasons: readonly (Pick<HealthReason, 'condition' | 'effect'> & { readonly evidence: readonly EvidenceRef[] })[];
  /** The version of the deal health rules; 0 is the default. */
  readonly ruleVersion: number;
}

/** How the deal of an account stands in this transaction. */
export async function dealHealthFacts(work: Work, seal: Seal, accountId: string): Promise<DealHealthFacts> {
  const derived = await deriveInWork(work, seal, accountId);
  if (!derived) return { value: 'UNKNOWN', reasons: [], ruleVersion: 0 };
  const { values: { dealHealth: { value, reasons } }, rules } = derived;
  return { value, reasons: reasons.map(({ condition, effect, evidence }) => ({ condition, effect, evidence })), ruleVersion: rules.DEAL_HEALTH.version };
}
