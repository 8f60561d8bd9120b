import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { toUserError, type UserError } from '../../platform/graphql/user-error.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { ApproveActionInput, EditActionInput, ProposeActionInput, RejectActionInput } from './action-inputs.ts';
import { NotPermittedError, readsDrafts } from './action.policy.ts';
import { actionById } from './action.queries.ts';
import type { ActionRow } from './action.type.ts';
import { approveAction } from './approve-action.ts';
import { changedMessage, decidedMessage } from './changed-message.ts';
import { claimAction, releaseAction } from './claim-action.ts';
import { noSuchAction, type Decided } from './decide-action.ts';
import { editAction } from './edit-action.ts';
import { proposeByHand } from './propose-by-hand.ts';
import { DailyLimitReached } from './propose-action.ts';
import { rejectAction } from './reject-action.ts';
import { ApproveActionResult, ClaimActionResult, EditActionResult, ProposeActionResult, RejectActionResult } from './result.type.ts';

const decided = 'For approvers and administrators, and for people alone.';

/** Everything that people and machines do with actions. */
@Resolver()
export class ActionMutations {
  @Mutation(() => ProposeActionResult as never, { description: 'Proposes an e-mail: it waits in the queue until a person other than its proposer approves it.' })
  proposeAction(@Ctx() call: Call, @Arg('input', () => ProposeActionInput, { description: 'The e-mail.' }) input: ProposeActionInput): Promise<object> {
    return actionResult(call, async () => ({ kind: 'DONE', id: await call.transact((work) => proposeByHand(work, call.seal, input, call)) }));
  }

  @Mutation(() => ApproveActionResult as never, { description: `Approves an action as it was seen; only then it is done. ${decided}` })
  approveAction(@Ctx() call: Call, @Arg('input', () => ApproveActionInput, { description: 'Which, and the digest of what was seen.' }) input: ApproveActionInput): Promise<object> {
    return decide(call, input.id, (work, id) => approveAction(work, call.seal, { ...input, id }, call));
  }

  @Mutation(() => RejectActionResult as never, { description: `Rejects an action. ${decided}` })
  rejectAction(@Ctx() call: Call, @Arg('input', () => RejectActionInput, { description: 'Which, and why.' }) input: RejectActionInput): Promise<object> {
    return decide(call, input.id, (work, id) => rejectAction(work, call.seal, { ...input, id }, call));
  }

  @Mutation(() => EditActionResult as never, { description: `Changes the words of an action that waits for a decision; its evidence gets a new digest. ${decided}` })
  editAction(@Ctx() call: Call, @Arg('input', () => EditActionInput, { description: 'Which, and the new words.' }) input: EditActionInput): Promise<object> {
    return decide(call, input.id, (work, id) => editAction(work, call.seal, { ...input, id }, call));
  }

  @Mutation(() => ClaimActionResult as never, { description: `Claims an action, so that nobody else decides on it for 15 minutes; may be repeated. ${decided}` })
  claimAction(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The action.' }) globalId: string): Promise<object> {
    return decide(call, globalId, (work, id) => claimAction(work, call.seal, id, call));
  }

  @Mutation(() => ClaimActionResult as never, { description: `Gives a claimed action back to the queue. ${decided}` })
  releaseAction(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The action.' }) globalId: string): Promise<object> {
    return decide(call, globalId, (work, id) => releaseAction(work, call.seal, id, call));
  }
}

/** Runs a decision on the action of a global id, in one transaction. */
function decide(call: Call, globalId: string, body: (work: Work, id: string) => Promise<Decided>): Promise<object> {
  return actionResult(call, () => {
    const parsed = parseGlobalId(globalId, ['input', 'id']);
    if (parsed?.type !== 'Action') throw noSuchAction(['input', 'id']);
    return call.transact((work) => body(work, parsed.id));
  });
}

/** Turns what came of a use case into its typed result; what is unexpected is thrown on. */
async function actionResult(call: Call, body: () => Promise<Decided>): Promise<ActionRow | UserError> {
  try {
    const outcome = await body();
    const action = await ask(call, actionById, null, outcome.id);
    if (!action) throw noSuchAction(['input', 'id']);
    if (outcome.kind === 'DONE') return action;
    if (outcome.kind === 'ALREADY_DECIDED') return typed('AlreadyDecided', decidedMessage(action), { action });
    const hidden = readsDrafts(call) ? {} : { before: null, after: null };
    const changes = outcome.changes.map((change) => (/^(draft|recipient)\./.test(change.field) ? { ...change, ...hidden } : change));
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
