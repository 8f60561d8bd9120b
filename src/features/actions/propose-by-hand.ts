import type { Id } from '../../platform/ids.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { NotFound } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkSelector, noSuchAccount, selectAccounts, type AccountSelector } from '../accounts/index.ts';
import { requireProposer, type Decider } from './action.policy.ts';
import { proposeAction } from './propose-action.ts';
import { confidenceOf } from './store-proposal.ts';

/** An e-mail that a person or a machine proposes. */
export interface HandProposal {
  readonly account: AccountSelector;
  readonly contactId?: string | null;
  readonly subject: string;
  readonly body: string;
  readonly reasoning: string;
  readonly confidence: number;
}

/** Proposes an e-mail that a person or a machine wrote. It has no crossing as its ground, so it never goes stale. */
export async function proposeByHand(work: Work, seal: Seal, proposal: HandProposal, { actor, roles }: Decider): Promise<Id<'Action'>> {
  requireProposer({ roles });
  const path = ['input'];
  const selector = checkSelector(proposal.account, [...path, 'account']);
  const [accountId] = (await selectAccounts(work, work.tenantId, [selector])).values();
  if (!accountId) throw noSuchAccount([...path, 'account']);
  const contact = typeof proposal.contactId === 'string' ? parseGlobalId(proposal.contactId, [...path, 'contactId']) : null;
  if (typeof proposal.contactId === 'string' && contact?.type !== 'Contact') throw new NotFound('There is no such contact.', [...path, 'contactId']);
  const { subject, body, reasoning } = proposal;
  const byPerson = actor.kind === 'user';
  const confidence = confidenceOf(proposal.confidence, actor);
  return proposeAction(work, seal, {
    accountId, contactId: contact?.id ?? null, subject, body, reasoning, confidence, generatedBy: byPerson ? 'PERSON' : 'MACHINE', model: null, prompt: null,
    scorePointId: null, sources: [], path,
  });
}
