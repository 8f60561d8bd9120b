import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { ApproveActionInput, EditActionInput, ProposeActionInput, RejectActionInput } from './action-inputs.ts';
import { actionResult } from './action-result.ts';
import { approveAction } from './approve-action.ts';
import { claimAction, releaseAction } from './claim-action.ts';
import { noSuchAction, type Decided } from './decide-action.ts';
import { editAction } from './edit-action.ts';
import { proposeByHand } from './propose-by-hand.ts';
import { readDecidedRecord } from './read-decided-record.ts';
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
    return actionResult(call, async () => {
      const id = actionIdOf(input.id);
      const target = await readDecidedRecord(call, id);
      return call.transact((work) => approveAction(work, call.seal, { ...input, id, target }, call));
    });
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
  return actionResult(call, async () => {
    const id = actionIdOf(globalId);
    return call.transact((work) => body(work, id));
  });
}

function actionIdOf(globalId: string): string {
  const parsed = parseGlobalId(globalId, ['input', 'id']);
  if (parsed?.type !== 'Action') throw noSuchAction(['input', 'id']);
  return parsed.id;
}
