import { executeAction, executeUndo, type ExecutionParts, type Outreach } from '../../src/features/actions/index.ts';
import { createRecordWriting, type VendorWriter } from '../../src/features/connectors/index.ts';
import { VendorFault } from '../../src/features/connectors/outbound/vendor-fault.ts';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Answer, type Queue } from './queue.ts';
import type { Role } from '../../src/features/access/index.ts';

interface Deal {
  version: number;
  name: string;
  stage: string;
  nextStep: string | null;
}

/** A CRM in memory, with what tests need to disturb it. */
export interface FakeCrm {
  readonly deals: Map<string, Deal>;
  /** What was created, by its id, with the key that it was created with. */
  readonly created: Map<string, { readonly key: string; readonly kind: string; text: string }>;
  /** How often each method was called. */
  readonly calls: Record<'read' | 'write' | 'find' | 'undo', number>;
  /** What happens to the next writes: thrown when the record is read for it, before or after the write took place. */
  readonly troubles: { readonly when: 'reading' | 'before' | 'after'; readonly error: Error }[];
  isConnected: boolean;
  /** Changes a deal as a colleague would. */
  change(id: string, fields: Partial<Deal>): void;
  /** How many changes took place. */
  writes(): number;
}

/** A CRM that keeps deals in memory and writes them as a vendor's writer does. */
export function createFakeCrm(): FakeCrm & { readonly writer: VendorWriter } {
  const deals = new Map<string, Deal>();
  const created: FakeCrm['created'] = new Map();
  const calls = { read: 0, write: 0, find: 0, undo: 0 };
  const troubles: FakeCrm['troubles'] = [];
  let written = 0;
  const deal = (id: string): Deal => {
    // 15 and 18 characters name one record.
    const found = deals.get(id.slice(0, 15));
    if (!found) throw new VendorFault('NOT_FOUND', 'There is no such opportunity.');
    return found;
  };
  const change: FakeCrm['change'] = (id, fields) => void Object.assign(deal(id), fields, { version: deal(id).version + 1 });
  return {
    deals, created, calls, troubles, isConnected: true, change,
    writes: () => written,
    writer: {
      async read({ externalId }) {
        calls.read += 1;
        const { version, name, stage, nextStep } = deal(externalId);
        return { version: String(version), fields: { name, stage, nextStep } };
      },
      async write({ kind, record, text }, { idempotencyKey, expectedVersion, begin }) {
        calls.write += 1;
        const trouble = troubles.shift();
        if (trouble?.when === 'reading') throw trouble.error;
        if (String(deal(record.externalId).version) !== expectedVersion) throw new VendorFault('CONFLICT', 'Changed.');
        begin();
        if (trouble?.when === 'before') throw trouble.error;
        written += 1;
        const id = kind === 'CHANGE_NEXT_STEP' ? record.externalId : `${kind}-${written}`;
        if (kind === 'CHANGE_NEXT_STEP') change(record.externalId, { nextStep: text });
        else created.set(id, { key: idempotencyKey, kind, text });
        if (trouble) throw trouble.error;
        return { kind, id };
      },
      async find({ kind, record, text }, { idempotencyKey }) {
        calls.find += 1;
        if (kind === 'CHANGE_NEXT_STEP') return deal(record.externalId).nextStep === text ? { kind, id: record.externalId } : 'ABSENT';
        const match = [...created].find(([, { key }]) => key === idempotencyKey);
        return match ? { kind, id: match[0] } : 'ABSENT';
      },
      async undo({ kind, record, text, before }, { id }) {
        calls.undo += 1;
        const trouble = troubles.shift();
        if (trouble) throw trouble.error;
        if (kind === 'CHANGE_NEXT_STEP') {
          if (deal(record.externalId).nextStep !== text) throw new VendorFault('CONFLICT', 'Changed.');
          change(record.externalId, { nextStep: before.nextStep });
        } else {
          if (created.has(id) && created.get(id)?.text !== text) throw new VendorFault('CONFLICT', 'Changed.');
          created.delete(id);
        }
      },
    },
  };
}

const changeFields = `id type status evidenceDigest endReason riskLevel contact { id } draft { to subject body masked } opportunity { id name } crmChange { kind system externalId recordName stage masked fields { field before after } }
  crmWrite { recordType externalId undo { status reason requestedBy { id } } }`;
const resultFields = `__typename ... on Action { ${changeFields} } ... on UserError { message code path }`;

/** A program with a CRM behind it. */
export interface CrmQueue extends Queue {
  readonly crm: FakeCrm;
  /** An opportunity of an account of its own, known to Salesforce; its ids here and there. */
  deal(fields?: Partial<Deal>): Promise<{ readonly account: string; readonly id: string; readonly externalId: string }>;
  proposeChange(opportunityId: string, change: Record<string, unknown>, who?: { role?: Role; subject?: string; token?: string }): Promise<Answer>;
  /** Proposes and approves; answers the action and the approval. */
  approved(change: Record<string, unknown>, fields?: Partial<Deal>): Promise<{ readonly id: string; readonly approval: string; readonly externalId: string; readonly opportunity: string }>;
  execute(approval: string): Promise<string>;
  undo(id: string, who?: { role?: Role; subject?: string; token?: string }): Promise<Answer>;
  executeUndo(approval: string): Promise<string>;
  read(id: string, role?: Role): Promise<Record<string, never>>;
}

const silent: Outreach = { kind: 'none', send: () => Promise.reject(new Error('no e-mail is sent here')), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' }) };
let deals = 0;

/** Starts the program with a CRM in memory. */
export async function openCrmQueue(options: Parameters<typeof openQueue>[0] = {}): Promise<CrmQueue> {
  const { writer, ...crm } = createFakeCrm();
  const openWriter = (): Promise<VendorWriter | null> => Promise.resolve(crm.isConnected ? writer : null);
  const program = await openQueue({ openWriter, outreach: silent, ...options });
  const parts: ExecutionParts = { transact: (body) => program.act(body, { actor: { kind: 'system', id: 'executor' } }), seal: program.seal, outreach: silent, crm: createRecordWriting(openWriter) };
  const ask = async (query: string, variables: Record<string, unknown>, { role = 'analyst', subject = 'pia', token }: { role?: Role; subject?: string; token?: string } = {}): Promise<Answer> =>
    dataOf(await program.query<{ answer: Answer }, Record<string, unknown>>(query, variables, { token: token ?? (await program.token(role, { subject })) })).answer;
  const deal: CrmQueue['deal'] = async (fields = {}) => {
    deals += 1;
    const externalId = `006000000000${String(deals).padStart(3, '0')}`;
    const account = await program.account(`deal-account-${deals}`);
    const present = { version: 1, name: `Deal ${deals}`, stage: 'Negotiation', nextStep: 'Send the offer', ...fields };
    const { results } = await program.upsert('opportunities', [{ account: { id: account }, externalRef: { system: 'salesforce', id: externalId }, name: present.name, stage: present.stage, nextStep: present.nextStep }]);
    crm.deals.set(externalId, present);
    return { account, id: results[0]?.id ?? '', externalId };
  };
  const proposeChange: CrmQueue['proposeChange'] = (opportunityId, change, who) =>
    ask(`mutation($input: ProposeCrmChangeInput!) { answer: proposeCrmChange(input: $input) { ${resultFields} } }`, { input: { opportunityId, reasoning: 'They asked for it on the phone.', confidence: 0.9, ...change } }, who);
  return {
    ...program,
    crm, deal, proposeChange,
    async approved(change, fields) {
      const { id: opportunity, externalId } = await deal(fields);
      const { id } = await proposeChange(opportunity, change);
      await program.approve(id, await program.digest(id));
      return { id, opportunity, externalId, approval: (await program.rows('select approval_id from action where id = $1', [uuidOf(id)]))[0]?.['approval_id'] ?? '' };
    },
    execute: (approval) => executeAction(parts, approval),
    executeUndo: (approval) => executeUndo(parts, approval),
    undo: (id, who = {}) => ask(`mutation($id: ID!) { answer: undoAction(id: $id) { ${resultFields} } }`, { id }, { role: 'approver', subject: 'uma', ...who }),
    read: async (id, role = 'approver') => (await ask(`query($id: ID!) { answer: node(id: $id) { ... on Action { ${changeFields} reasoning } } }`, { id }, { role })) as never,
  };
}
