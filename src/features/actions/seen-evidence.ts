import { InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { frozenByDigest, type FrozenEvidence } from './action.queries.ts';
import type { OpenAction } from './decide-action.ts';
import { openDraft } from './draft.ts';
import { evidenceDifferences, type Evidence, type EvidenceDifference } from './evidence.ts';

/** Evidence as it is, and the address that the contact has. */
export interface Present {
  readonly evidence: Evidence;
  readonly address: string | null;
}

/** How what the bearer of a digest saw differs from the present. Throws `InvalidInput` for a digest that was never the action's. */
export async function differencesSince(work: Work, seal: Seal, { action, frozen, draft }: OpenAction, { evidenceDigest, present }: { readonly evidenceDigest: string; readonly present: Present }): Promise<EvidenceDifference[]> {
  const seen = evidenceDigest === frozen.digest ? frozen : (await work.rows(frozenByDigest, [work.tenantId, action.id, evidenceDigest]))[0];
  if (!seen) throw new InvalidInput('This digest was never this action\'s. Read the action, look at its evidence, and send the digest that came with it.', ['input', 'evidenceDigest']);
  return [...draftDifferences(seal, seen, { draft, ...present }), ...evidenceDifferences(seen.evidence, present.evidence)];
}

/** Digests tell that a draft or an address changed; whoever decides may read what. */
function draftDifferences(seal: Seal, seen: FrozenEvidence, { draft, evidence, address }: Present & Pick<OpenAction, 'draft'>): EvidenceDifference[] {
  const old = openDraft(seal, seen.wrappedKey, seen.draftSealed);
  const moved = seen.evidence.recipient.digest === evidence.recipient.digest ? [] : [{ field: 'recipient.address', before: old?.to ?? null, after: address }];
  return moved.concat((['to', 'subject', 'body'] as const).flatMap((name) => {
    const [before, after] = [old?.[name] ?? null, draft?.[name] ?? null];
    return before === after ? [] : [{ field: `draft.${name}`, before, after }];
  }));
}
