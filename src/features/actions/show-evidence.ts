import { toGlobalId } from '../../platform/ids.ts';
import type { FrozenEvidence } from './action.queries.ts';
import type { ActionEvidence } from './evidence.type.ts';

/** Said in the place of a value that was a constant in the first evidence. */
const dealHealth = { value: 'NOT_AVAILABLE', reason: 'No rule computes the health of a deal yet.' } as const;

/** Frozen evidence as the graph shows it. */
export function showEvidence({ evidence, frozenAt }: FrozenEvidence): ActionEvidence {
  const { score, consent, context, reasons, pins = [] } = evidence;
  return {
    intentScore: score?.value ?? null,
    intentBand: score?.band ?? null,
    intentReasons: reasons ? { ...reasons, contributions: reasons.contributions.map((one) => ({ ...one, signalId: toGlobalId('Signal', one.signalId) })) } : null,
    restsOn: pins.map(({ type, id, version }) => ({ type, nodeId: toGlobalId(type, id), version })),
    consent,
    context: { ...context, derived: { dealHealth } },
    frozenAt,
  };
}
