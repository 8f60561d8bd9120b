import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { NotFound } from '../../platform/errors.ts';
import { opportunities } from '../accounts/index.ts';
import { openContent } from './action-content.ts';
import { requireProposer, readsDrafts } from './action.policy.ts';
import { frozenOf } from './action.queries.ts';
import { actionResult } from './action-result.ts';
import { Action, type ActionRow } from './action.type.ts';
import { crmOrder } from './crm-change-action.ts';
import { CrmChange, CrmWrite, ProposeCrmChangeInput, ProposeCrmChangeResult, UndoActionResult, type CrmFieldChange } from './crm-change.type.ts';
import { writeOfAction } from './crm-change.queries.ts';
import type { CrmOrder } from './crm-writing.ts';
import { noSuchAction } from './decide-action.ts';
import { CrmSystem } from './enums.ts';
import { findCrmPlace, proposeCrmChange, readCrmTarget, systemOf } from './propose-crm-change.ts';
import { undoAction } from './undo-action.ts';

/** CRM changes: proposed, shown, undone. */
@Resolver(() => Action)
export class CrmChangeResolver {
  @FieldResolver(() => CrmChange, { nullable: true, description: 'What it changes in a CRM; null for other types of action.' })
  async crmChange(@Root() action: ActionRow, @Ctx() call: Call): Promise<CrmChange | null> {
    if (action.type !== 'CRM_CHANGE') return null;
    const { draftSealed, wrappedKey, evidence: { target } } = await frozenOf(action, call);
    if (!target) return null;
    const order = crmOrder(openContent(call.seal, wrappedKey, draftSealed), target);
    const reads = readsDrafts(call);
    const system = (Object.keys(CrmSystem) as CrmSystem[]).find((name) => systemOf[name] === target.system) ?? 'SALESFORCE';
    const { externalId, fields } = target;
    return { kind: order.kind, system, externalId, recordName: fields['name'] ?? null, stage: fields['stage'] ?? null, fields: fieldsOf(order).map((each) => (reads ? each : { ...each, before: null, after: null })), masked: !reads };
  }

  @FieldResolver(() => CrmWrite, { nullable: true, description: 'What it wrote into a CRM; null until it is executed, and for other types of action. Always the present state, also in reads of the past.' })
  crmWrite(@Root() action: ActionRow, @Ctx() call: Call): Promise<CrmWrite | null> | null {
    return action.type === 'CRM_CHANGE' ? ask(call, writeOfAction, null, action.uuid) : null;
  }

  @FieldResolver(() => opportunities.ObjectClass, { nullable: true, description: 'The opportunity that it changes; null for other types of action, and if it is gone.' })
  async opportunity(@Root() action: ActionRow, @Ctx() call: Call): Promise<object | null> {
    const target = action.type === 'CRM_CHANGE' ? (await frozenOf(action, call)).evidence.target : undefined;
    return target ? ask(call, opportunities.byId, action.asOf, target.opportunityId) : null;
  }

  @Mutation(() => ProposeCrmChangeResult as never, { description: 'Proposes a change of an opportunity in a CRM. The record is read there and frozen; nothing is written until a person other than the proposer approves it. Requires a role that may propose actions.' })
  proposeCrmChange(@Ctx() call: Call, @Arg('input', () => ProposeCrmChangeInput, { description: 'The change.' }) input: ProposeCrmChangeInput): Promise<object> {
    return actionResult(call, async () => {
      requireProposer(call);
      const parsed = parseGlobalId(input.opportunityId, ['input', 'opportunityId']);
      if (parsed?.type !== 'Opportunity') throw new NotFound('There is no such opportunity.', ['input', 'opportunityId']);
      const { id: opportunityId } = parsed;
      const { tenantId } = call;
      const place = await call.briefly((sql) => findCrmPlace({ tenantId, rows: (asked, values) => sql.rows(asked, values) }, opportunityId, input.system ?? null));
      const record = await readCrmTarget(call.outsideRecords, tenantId, place);
      return { kind: 'DONE', id: await call.transact((work) => proposeCrmChange(work, call.seal, { ...input, place, record }, call)) };
    });
  }

  @Mutation(() => UndoActionResult as never, { description: 'Requests the undo of an executed action. Of a CRM change: a task or note is deleted, a next step is restored. A record that was changed after the write stays as it is; see `crmWrite.undo`. Of an executed promotion of a scoring model, proposes one more promotion that restores the earlier version, and returns that action; another person approves it. Requires the approver or admin role; machines are refused.' })
  undoAction(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The action, by its global id.' }) globalId: string): Promise<object> {
    return actionResult(call, () => {
      const parsed = parseGlobalId(globalId, ['id']);
      if (parsed?.type !== 'Action') throw noSuchAction(['id']);
      return call.transact((work) => undoAction(work, call.seal, parsed.id, call));
    });
  }
}

function fieldsOf({ kind, text, details, dueOn, before }: CrmOrder): CrmFieldChange[] {
  if (kind === 'CHANGE_NEXT_STEP') return [{ field: 'nextStep', before: before.nextStep, after: text }];
  if (kind === 'ADD_STAGE_NOTE') return [{ field: 'stageNote', before: null, after: text }];
  const more = [{ field: 'task.description', before: null, after: details }, { field: 'task.dueOn', before: null, after: dueOn }];
  return [{ field: 'task.subject', before: null, after: text }, ...more.filter(({ after }) => after !== null)];
}
