import { ask, type Call } from '../../platform/graphql/call.ts';
import { toUserError, type UserError } from '../../platform/graphql/user-error.ts';
import { NotPermittedError, readsDrafts } from './action.policy.ts';
import { actionById } from './action.queries.ts';
import type { ActionRow } from './action.type.ts';
import { changedMessage, decidedMessage } from './changed-message.ts';
import { noSuchAction, type Decided } from './decide-action.ts';
import { DailyLimitReached } from './propose-action.ts';

/** Turns what came of a use case into its typed result; what is unexpected is thrown on. */
export async function actionResult(call: Call, body: () => Promise<Decided>): Promise<ActionRow | UserError> {
  try {
    const outcome = await body();
    const action = await ask(call, actionById, null, outcome.id);
    if (!action) throw noSuchAction(['input', 'id']);
    if (outcome.kind === 'DONE') return action;
    if (outcome.kind === 'ALREADY_DECIDED') return typed('AlreadyDecided', decidedMessage(action), { action });
    const hidden = readsDrafts(call) ? {} : { before: null, after: null };
    const changes = outcome.changes.map((change) => (/^(draft|recipient|target)\./.test(change.field) ? { ...change, ...hidden } : change));
    return typed('EvidenceChanged', changedMessage(action), { action, changes });
  } catch (error) {
    const expected = toUserError(error);
    if (!expected) throw error;
    if (error instanceof NotPermittedError) return Object.assign(expected, { __typename: 'NotPermitted' });
    if (error instanceof DailyLimitReached) return { ...expected, __typename: 'LimitReached', limit: error.limit, resetsAt: error.resetsAt } as UserError;
    return expected;
  }
}

function typed(__typename: string, message: string, more: object): UserError {
  return { __typename, message, code: 'CONFLICT', path: ['input'], ...more } as unknown as UserError;
}
