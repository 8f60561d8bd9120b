import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ask, type Call, type Question } from '../../platform/graphql/call.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { actionColumns } from './action-list.ts';
import { toAction, type RawAction } from './action.queries.ts';
import { Action, type ActionRow } from './action.type.ts';

const most = 20;

const ofPeople = datedStatement<RawAction>(
  'actions_under_way_of_people',
  2,
  (table) => `select a.* from unnest($2::uuid[]) as asked(id) cross join lateral (
     select ${actionColumns} from ${table('action')} t where t.tenant_id = $1 and t.subject_id = asked.id and t.status in ('PENDING', 'CLAIMED', 'APPROVED') order by t.proposed_at, t.id limit ${most + 1}) a`,
);
/** The actions under way to a person, for whatever account. */
const underWayOfPerson: Question<string, readonly ActionRow[]> = {
  name: 'actions_under_way_of_people',
  async load(call, subjectIds, asOf) {
    const rows = (await call.read.rows(ofPeople(asOf), ofPeople.values([call.tenantId, subjectIds], asOf))).map((row) => toAction(row, asOf));
    const found = Map.groupBy(rows, ({ subjectId }) => subjectId);
    return subjectIds.map((id) => found.get(id) ?? []);
  },
};

const lastSent = datedStatement<{ subjectId: string; at: string }>(
  'last_emails_to_people',
  2,
  (table) => `select t.subject_id as "subjectId", max(t.executed_at) as at from ${table('action')} t where t.tenant_id = $1 and t.subject_id = any($2::uuid[]) and t.type = 'EMAIL' and t.executed_at is not null group by 1`,
);
const lastEmailToPerson: Question<string, string | null> = {
  name: 'last_emails_to_people',
  async load(call, subjectIds, asOf) {
    const found = new Map((await call.read.rows(lastSent(asOf), lastSent.values([call.tenantId, subjectIds], asOf))).map(({ subjectId, at }) => [subjectId, at]));
    return subjectIds.map((id) => found.get(id) ?? null);
  },
};

/** What else is under way to the same person. */
@Resolver(() => Action)
export class OpenActionsResolver {
  @FieldResolver(() => [Action], { description: `Other actions to the same person that wait for a decision or are about to be sent, whatever account they are for, the longest waiting first; at most ${most}.` })
  async openToSamePerson(@Root() action: ActionRow, @Ctx() call: Call): Promise<readonly ActionRow[]> {
    return (await ask(call, underWayOfPerson, action.asOf, action.subjectId)).filter(({ uuid }) => uuid !== action.uuid).slice(0, most);
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'When an e-mail was last sent to the same person, whatever account it was about; null when none was. UTC.' })
  personLastEmailedAt(@Root() action: ActionRow, @Ctx() call: Call): Promise<string | null> {
    return ask(call, lastEmailToPerson, action.asOf, action.subjectId);
  }
}
