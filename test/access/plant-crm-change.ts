import { executeAction, executeUndo, type ExecutionParts, type Outreach } from '../../src/features/actions/index.ts';
import { createRecordWriting, type VendorWriter } from '../../src/features/connectors/index.ts';
import { VendorFault } from '../../src/features/connectors/outbound/vendor-fault.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { createFakeCrm, type FakeCrm } from '../actions/crm.ts';
import type { Office } from '../erasure/arrange.ts';

const silent: Outreach = { kind: 'none', send: () => Promise.reject(new Error('no e-mail is sent here')), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' }) };

/** A CRM in memory, and how a program opens it. */
export function pretendCrm(): { readonly crm: FakeCrm; openWriter(): Promise<VendorWriter> } {
  const { writer, ...crm } = createFakeCrm();
  return { crm, openWriter: () => Promise.resolve(writer) };
}

type Of = (query: string, variables: Record<string, unknown>, role: 'analyst' | 'approver', expected: string) => Promise<string>;

/** A change of an opportunity that was approved and written, and whose undo failed; and one that waits. */
export async function plantCrmChange(office: Office, { account, text, of, pretended: { crm, openWriter } }: { readonly account: string; readonly text: string; readonly of: Of; readonly pretended: ReturnType<typeof pretendCrm> }): Promise<void> {
  const deals = ['006000000000901', '006000000000902'];
  const { results } = await office.upsert('opportunities', deals.map((id) => ({ account: { id: account }, externalRef: { system: 'salesforce', id }, name: `Deal of ${text}`, stage: 'Negotiation', nextStep: text })));
  for (const id of deals) crm.deals.set(id, { version: 1, name: `Deal of ${text}`, stage: 'Negotiation', nextStep: text });
  const propose = (index: number): Promise<string> =>
    of('mutation($input: ProposeCrmChangeInput!) { proposeCrmChange(input: $input) { __typename ... on Action { id } ... on UserError { message path } } }', { input: { opportunityId: results[index]?.id, nextStep: `Ask ${text}`, reasoning: text, confidence: 0.9 } }, 'analyst', 'Action');
  const id = await propose(0);
  const action = async () => (await office.rows('select approval_id as approval, evidence_digest as digest from action where id = $1', [parseGlobalId(id)?.id]))[0];
  await of('mutation($input: ApproveActionInput!) { approveAction(input: $input) { __typename ... on UserError { message } } }', { input: { id, evidenceDigest: (await action())?.['digest'] } }, 'approver', 'Action');
  const approval = String((await action())?.['approval']);
  const parts: ExecutionParts = { transact: (body) => office.database.transact({ tenantId: office.tenant, actor: { kind: 'system', id: 'executor' }, requestId: 'test' }, body), seal: office.seal, outreach: silent, crm: createRecordWriting(openWriter) };
  await executeAction(parts, approval);
  await of('mutation($id: ID!) { undoAction(id: $id) { __typename ... on UserError { message } } }', { id }, 'approver', 'Action');
  crm.troubles.push({ when: 'before', error: new VendorFault('CONFLICT', 'Changed.') });
  await executeUndo(parts, approval);
  await propose(1);
}
