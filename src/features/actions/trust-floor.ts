import { Conflict } from '../../platform/errors.ts';
import { toGlobalId } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { trustInWork, type LineageRef, type NodeTrust } from '../lineage/index.ts';
import { isBelow, type OriginClass } from '../trust/index.ts';
import type { RiskLevel } from './enums.ts';
import type { OutreachPolicy } from './outreach-policy.ts';

/** The lineage of a proposal holds an observation that the outreach policy does not trust. */
export class UntrustedOrigin extends Conflict {
  /** What is kept of it: the classes, and the global id of the observation. */
  readonly details: { readonly level: OriginClass; readonly refuseBelow: OriginClass; readonly observation: string };

  constructor({ level, observation }: LowestOrigin, refuseBelow: OriginClass, path: readonly string[] = []) {
    super(`This action would derive from an observation of class ${level} (${observation}); the outreach policy refuses what is below ${refuseBelow}. Have a trusted source state what it says, or ask an administrator to change the policy.`, path);
    this.details = { level, refuseBelow, observation };
  }
}

/** The least trusted observation behind something. */
export interface LowestOrigin {
  readonly level: OriginClass;
  /** Its global id. */
  readonly observation: string;
}

/** The least trusted observation that some nodes derive from; null where there is none. */
export async function lowestOriginOf(work: Work, seal: Seal, refs: readonly LineageRef[]): Promise<LowestOrigin | null> {
  const trusts = await trustInWork(work, seal, refs);
  return trusts.flatMap(toLowest).reduce<LowestOrigin | null>((lowest, each) => (lowest === null || isBelow(each.level, lowest.level) ? each : lowest), null);
}

function toLowest({ level, because: [first] }: NodeTrust): LowestOrigin[] {
  return level && first ? [{ level, observation: toGlobalId(first.type, first.id) }] : [];
}

/** Refuses what the policy does not trust. */
export function refuseUntrusted(lowest: LowestOrigin | null, { refuseBelow }: OutreachPolicy, path: readonly string[] = []): void {
  if (lowest && isBelow(lowest.level, refuseBelow)) throw new UntrustedOrigin(lowest, refuseBelow, path);
}

/** The risk of an action, raised to HIGH where its lineage goes below the policy's floor. */
export function riskWithTrust(risk: RiskLevel, lowest: LowestOrigin | null, { trustFloor }: OutreachPolicy): RiskLevel {
  return lowest && isBelow(lowest.level, trustFloor) ? 'HIGH' : risk;
}
