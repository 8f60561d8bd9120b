import { InvalidInput } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { parseItemId } from '../../platform/ids.ts';
import { accountById, noSuchAccount } from '../accounts/index.ts';
import type { ActionFilter } from './action-list.ts';

/** Refuses a filter that nothing can match, which would look like an empty queue. `of`: the account whose actions are listed. */
export async function checkActionFilter(call: Call, filter: ActionFilter | null | undefined, of: string | null): Promise<void> {
  if (!filter) return;
  const { statuses, status, riskLevels, riskLevel, claimedBy, minConfidence, proposedFrom, proposedBefore, accountId } = filter;
  for (const [name, values] of Object.entries({ statuses, status, riskLevels, riskLevel })) {
    if (values?.length === 0) throw new InvalidInput(`${name} must not be empty. Leave it out to list all.`, ['filter', name]);
  }
  if (claimedBy?.trim() === '') throw new InvalidInput('Say who, as claimedBy.id says it, or leave claimedBy out.', ['filter', 'claimedBy']);
  if (typeof minConfidence === 'number' && !(minConfidence >= 0 && minConfidence <= 1)) throw new InvalidInput('minConfidence must be between 0 and 1.', ['filter', 'minConfidence']);
  if (proposedFrom && proposedBefore && Date.parse(proposedFrom) >= Date.parse(proposedBefore)) throw new InvalidInput('proposedBefore must lie after proposedFrom.', ['filter', 'proposedBefore']);
  if (typeof accountId === 'string') await accountOf(call, accountId, of);
}

/** The account that a filter names. Throws `NotFound` for ids of other kinds, of nobody, and of another tenant. */
export async function accountOf(call: Call, globalId: string, of: string | null = null): Promise<string> {
  const parsed = parseItemId(globalId);
  if (of !== null && parsed?.type === 'Account' && parsed.id === of) return of;
  const row = parsed?.type === 'Account' ? await ask(call, accountById, null, parsed.id) : null;
  if (!row) throw noSuchAccount(['filter', 'accountId']);
  if (of !== null && row.uuid !== of) throw new InvalidInput('These are the actions of one account; leave accountId out, or ask for actions.', ['filter', 'accountId']);
  return row.uuid;
}
