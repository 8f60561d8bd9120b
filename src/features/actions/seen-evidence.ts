import { InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { frozenByDigest, type FrozenEvidence } from './action.queries.ts';
import type { OpenAction } from './decide-action.ts';
import { openContent } from './action-content.ts';
import { evidenceDifferences, type Evidence, type EvidenceDifference } from './evidence.ts';

/** Evidence as it is, and the address that the contact has. */
export interface Present {
  readonly evidence: Evidence;
  readonly address: string | null;
}

/** How what the bearer of a digest saw differs from the present. Throws `InvalidInput` for a digest that was never the action's. */
export async function differencesSince(work: Work, seal: Seal, { action, frozen, content }: OpenAction, { evidenceDigest, present }: { readonly evidenceDigest: string; readonly present: Present }): Promise<EvidenceDifference[]> {
  const seen = evidenceDigest === frozen.digest ? frozen : (await work.rows(frozenByDigest, [work.tenantId, action.id, evidenceDigest]))[0];
  if (!seen) throw new InvalidInput('This digest was never this action\'s. Read the action, look at its evidence, and send the digest that came with it.', ['input', 'evidenceDigest']);
  return [...draftDifferences(seal, seen, { content, ...present }), ...evidenceDifferences(seen.evidence, present.evidence)];
}

/** Digests say that a draft or an address changed; deciders may read both states. */
function draftDifferences(seal: Seal, seen: FrozenEvidence, { content, evidence, address }: Present & Pick<OpenAction, 'content'>): EvidenceDifference[] {
  const old = openContent(seal, seen.wrappedKey, seen.draftSealed);
  const moved = seen.evidence.recipient?.digest === evidence.recipient?.digest ? [] : [{ field: 'recipient.address', before: old?.['to'] ?? null, after: address }];
  // Of an e-mail: to, subject, body.
  const names = Object.keys({ ...old, ...content }).toSorted().toReversed();
  return moved.concat(names.flatMap((name) => {
    const [before, after] = [old?.[name] ?? null, content?.[name] ?? null];
    return before === after ? [] : [{ field: `draft.${name}`, before, after }];
  }));
}
