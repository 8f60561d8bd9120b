import { Conflict, InvalidInput, NotFound, Unavailable } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { OutsideRecord, OutsideRecords, OutsideRef } from '../../platform/outside-records.ts';
import { subjectsOf, type Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts, opportunityLineage } from '../accounts/index.ts';
import { requireProposer, type Decider } from './action.policy.ts';
import { checkReasoning } from './check-reasoning.ts';
import { checkCrmContent, type CrmWords } from './check-crm-content.ts';
import { crmChangeAction } from './crm-change-action.ts';
import type { CrmTarget } from './crm-writing.ts';
import type { CrmSystem } from './enums.ts';
import { outreachPolicy } from './outreach-policy.ts';
import { checkConfidence, confidenceOf, storeProposal } from './store-proposal.ts';

/** Systems by the names that external references have. */
export const systemOf: Readonly<Record<CrmSystem, string>> = { SALESFORCE: 'salesforce', HUBSPOT: 'hubspot' };
/** What people call a system. */
export const crmNames: Readonly<Record<string, string>> = { salesforce: 'Salesforce', hubspot: 'HubSpot' };

const refs = statement<{ accountId: Id<'Account'>; system: string | null; externalId: string | null }>(
  'crm_refs_of_opportunity',
  `select o.account_id as "accountId", r.system, r.external_id as "externalId" from opportunity o
   left join external_ref r on r.tenant_id = o.tenant_id and r.node_type = 'Opportunity' and r.node_id = o.id and r.system = any($3::text[])
   where o.tenant_id = $1 and o.id = $2 order by r.system, r.external_id`,
);

/** An opportunity with its record in a CRM. */
export interface CrmPlace {
  readonly accountId: Id<'Account'>;
  readonly opportunityId: string;
  readonly ref: OutsideRef;
}

/** Finds the record of an opportunity in a CRM: in `system`, or in the only one that knows it. */
export async function findCrmPlace(sql: Sql & { readonly tenantId: string }, opportunityId: string, system: CrmSystem | null): Promise<CrmPlace> {
  const asked = system === null ? Object.values(systemOf) : [systemOf[system]];
  const rows = await sql.rows(refs, [sql.tenantId, opportunityId, asked]);
  const [first] = rows;
  if (!first) throw new NotFound('There is no such opportunity.', ['input', 'opportunityId']);
  const known = rows.flatMap(({ system: name, externalId }) => (name === null || externalId === null ? [] : [{ system: name, externalId }]));
  const names = asked.map((name) => crmNames[name] ?? name).join(' and ');
  const [ref] = known;
  if (!ref) throw new InvalidInput(`The opportunity has no external reference of ${names}, so there is no record to change.`, ['input', system === null ? 'opportunityId' : 'system']);
  if (known.length > 1) throw new InvalidInput(system === null ? `${known.map((each) => crmNames[each.system] ?? each.system).join(' and ')} know this opportunity. Set system to say which of them is changed.` : `${names} has several records of this opportunity. Merge them there first.`, ['input', 'system']);
  return { accountId: first.accountId, opportunityId, ref: { ...ref, recordKind: 'Opportunity' } };
}

/** Reads the record in the CRM, outside of any transaction. */
export async function readCrmTarget(records: OutsideRecords, tenantId: Id<'Tenant'>, { opportunityId, ref }: Pick<CrmPlace, 'opportunityId' | 'ref'>): Promise<OutsideRecord & OutsideRef & { readonly opportunityId: string }> {
  const found = await records.read(tenantId, ref);
  return { ...ref, opportunityId, version: found?.version ?? 'gone', fields: found?.fields ?? {} };
}

/** A CRM change that a person or a machine proposes. */
export interface CrmProposal extends CrmWords {
  readonly place: CrmPlace;
  /** The record as it was just read. */
  readonly record: Omit<CrmTarget, 'accountId'>;
  readonly reasoning: string;
  readonly confidence: number;
}

/** Proposes a change of an opportunity in a CRM. It waits in the queue until a person other than its proposer approves it. Returns its id. */
export async function proposeCrmChange(work: Work, seal: Seal, proposal: CrmProposal, { roles }: Decider): Promise<Id<'Action'>> {
  requireProposer({ roles });
  const path = ['input'];
  const { place, record, confidence: stated } = proposal;
  const { accountId, opportunityId } = place;
  checkConfidence(stated, path);
  const generatedBy = work.actor.kind === 'user' ? 'PERSON' : 'MACHINE';
  const reasoning = checkReasoning({ reasoning: proposal.reasoning, path, generatedBy });
  if (record.version === 'gone') throw new Conflict(`The opportunity is not in ${crmNames[record.system] ?? record.system} any more, or the connection does not see it.`, [...path, 'opportunityId']);
  const content = checkCrmContent(proposal, record, { path, byMachine: generatedBy === 'MACHINE' });
  await lockAccounts(work, [accountId]);
  const id = work.newId<'Action'>();
  // Sealed under a key of its own: it is addressed to nobody whose key it could have.
  const [subject] = await subjectsOf(work, seal, [{ system: 'action', id }]);
  if (!subject) throw new Unavailable('The key of the action could not be made. Try again.');
  const target = { ...record, accountId };
  const gathered = await crmChangeAction.gather(work, seal, { accountId, contactId: null, subjectId: subject.id, subject, content, target });
  if (gathered.evidence.target?.accountId !== accountId) throw new Conflict('The opportunity was moved to another account. Try again.', [...path, 'opportunityId']);
  const { version, system, externalId } = target;
  return storeProposal(work, seal, {
    id, type: 'CRM_CHANGE', accountId, contactId: null, subject, content, reasoning, confidence: confidenceOf(stated, work.actor), gathered, scorePointId: null, sources: [opportunityLineage.ref(opportunityId)],
    generatedBy, model: null, prompt: null, policy: await outreachPolicy(work), path, reason: 'PROPOSED_BY_HAND', inputs: { kind: content.kind, system, externalId, opportunityId, version },
  });
}
