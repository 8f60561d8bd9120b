import { toGlobalId } from '../../platform/ids.ts';
import type { FrozenEvidence } from './action.queries.ts';
import type { DealHealthFacts } from './deal-health-facts.ts';
import { rulesOf } from './evidence.ts';
import type { ActionEvidence, FrozenHealthType } from './evidence.type.ts';

/** Of evidence that was frozen by rules without deal health. */
const notFrozen: FrozenHealthType = { value: 'UNKNOWN', reason: 'This evidence was frozen before deal health was computed.', reasons: [], ruleVersion: null };

/** Of an action that is addressed to no person. */
const addressedToNobody = { granted: false, basis: null, expiresAt: null, version: 0 };

function shownHealth({ value, reasons, ruleVersion }: DealHealthFacts): FrozenHealthType {
  return { value, reason: null, reasons: reasons.map(({ condition, effect, evidence }) => ({ condition, effect, evidenceIds: evidence.map(({ type, id }) => toGlobalId(type, id)) })), ruleVersion };
}

/** Frozen evidence as the graph shows it. */
export function showEvidence({ evidence, frozenAt }: FrozenEvidence): ActionEvidence {
  const { score, consent, context, reasons, pins = [] } = evidence;
  return {
    intentScore: score?.value ?? null,
    intentBand: score?.band ?? null,
    intentReasons: reasons ? { ...reasons, contributions: reasons.contributions.map((one) => ({ ...one, signalId: toGlobalId('Signal', one.signalId) })) } : null,
    restsOn: pins.map(({ type, id, version }) => ({ type, nodeId: toGlobalId(type, id), version })),
    consent: consent ?? addressedToNobody,
    context: context && { ...context, derived: { dealHealth: rulesOf(evidence) >= 3 && context.derived ? shownHealth(context.derived.dealHealth) : notFrozen } },
    frozenAt,
  };
}
