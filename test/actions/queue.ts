import type { ProgramOptions } from '../../src/app/compose.ts';
import { roles } from '../../src/app/config.ts';
import type { Role } from '../../src/features/access/index.ts';
import { proposeAction, type Proposal } from '../../src/features/actions/index.ts';
import { grantConsent, revokeConsent } from '../../src/features/consent/index.ts';
import { revocationReactions } from '../../src/api/privacy.ts';
import { parseGlobalId, toGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Caller, Work } from '../../src/platform/postgres/work.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';

type Input = Record<string, unknown>;

/** What a mutation on actions answers. */
export interface Answer extends Record<string, unknown> {
  readonly __typename: string;
  readonly id: string;
  readonly status?: string;
  readonly code?: string;
  readonly message?: string;
  readonly path?: readonly string[];
}

/** A customer of a test's own: an account with one contact who consents. */
export interface Customer {
  readonly account: string;
  readonly accountId: Id<'Account'>;
  readonly contact: string;
  readonly email: string;
}

/** A program with short words for what tests do with actions. */
export interface Queue extends Arranged {
  /** Runs a use case as the program itself, unless said otherwise. */
  act<Result>(body: (work: Work) => Promise<Result>, caller?: Partial<Caller>): Promise<Result>;
  customer(options?: { consents?: boolean }): Promise<Customer>;
  /** Proposes an e-mail to a customer as orchestration would, without a crossing unless said otherwise; answers its global id. */
  propose(customer: Customer, more?: Partial<Proposal>): Promise<string>;
  mutate(field: string, args: string, variables: Input, options?: { role?: Role; subject?: string; token?: string }): Promise<Answer>;
  approve(id: string, evidenceDigest: string, subject?: string): Promise<Answer>;
  digest(id: string): Promise<string>;
  status(id: string): Promise<string>;
  grant(email: string): Promise<unknown>;
  revoke(email: string): Promise<unknown>;
  /** The kinds of facts about an action, in order. */
  told(id: string): Promise<string[]>;
}

/** The key inside a global id. */
export const uuidOf = (globalId: string): string => parseGlobalId(globalId)?.id ?? '';
let customers = 0;

/** Starts the program for tests of actions: without the jobs, the executor and orchestration, which tests run themselves. */
export async function openQueue(options: Partial<ProgramOptions> = {}): Promise<Queue> {
  const program = await arrange({ roles: roles.filter((role) => !['scheduler', 'executor', 'orchestration'].includes(role)), ...options });
  const act: Queue['act'] = (body, caller = {}) => program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test', ...caller }, body);
  const outreach = { purpose: 'OUTREACH', channel: 'EMAIL' } as const;
  const grant = (email: string) => act((work) => grantConsent(work, program.seal, { email, ...outreach, basis: 'CONSENT', source: 'a form', proof: 'form 1', path: [] }));
  const mutate: Queue['mutate'] = async (field, args, variables, { role = 'approver', subject, token } = {}) => {
    const given = token ?? (await program.token(role, subject ? { subject } : {}));
    const names = Object.keys(variables);
    const query = `mutation(${args}) { answer: ${field}(${names.map((name) => `${name}: $${name}`).join(', ')}) { ${field === 'saveOutreachPolicy' ? '__typename ... on OutreachPolicy { version doNotSay emailDailyLimit emailDailyLimitIsOwn fourEyes } ... on UserError { message code path }' : unionOf(field)} } }`;
    return dataOf(await program.query<{ answer: Answer }, Input>(query, variables, { token: given })).answer;
  };
  return {
    ...program,
    act,
    grant,
    mutate,
    revoke: (email) => act((work) => revokeConsent(work, program.seal, revocationReactions, { email, ...outreach, path: [] })),
    async customer({ consents = true } = {}) {
      customers += 1;
      const email = `person${customers}@example.com`;
      const account = await program.account(`customer-${customers}`);
      const { results } = await program.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'test', id: `contact-${customers}` }, name: `Person ${customers}`, email, title: 'CTO', role: 'Economic Buyer' }]);
      if (consents) await grant(email);
      return { account, accountId: uuidOf(account) as Id<'Account'>, contact: results[0]?.id ?? '', email };
    },
    async propose({ accountId }, more = {}) {
      const id = await act((work) =>
        proposeAction(work, program.seal, {
          accountId, contactId: null, subject: 'A word about your trial', body: 'Shall we talk about your trial?', reasoning: 'They asked for a demo.', confidence: 0.8,
          generatedBy: 'TEMPLATE', model: null, prompt: null, scorePointId: null, sources: [], path: ['input'], ...more,
        }));
      return toGlobalId('Action', id);
    },
    approve: (id, evidenceDigest, subject) => mutate('approveAction', '$input: ApproveActionInput!', { input: { id, evidenceDigest } }, subject ? { subject } : {}),
    async digest(id) {
      return (await program.rows('select evidence_digest as digest from action where id = $1', [uuidOf(id)]))[0]?.['digest'] ?? '';
    },
    async status(id) {
      return (await program.rows('select status from action where id = $1', [uuidOf(id)]))[0]?.['status'] ?? '';
    },
    async told(id) {
      const rows = await program.rows(`select kind from audit_logs where tenant_id = $1 and data->>'actionId' = $2 order by sequence`, [program.tenant, uuidOf(id)]);
      return rows.map((row) => String(row['kind']));
    },
  };
}

/** Each union knows its own members only. */
function unionOf(field: string): string {
  const without = {
    approveAction: ['LimitReached'], rejectAction: ['EvidenceChanged', 'LimitReached'], editAction: ['LimitReached'], claimAction: ['EvidenceChanged', 'LimitReached'],
    releaseAction: ['EvidenceChanged', 'LimitReached'], proposeAction: ['EvidenceChanged', 'AlreadyDecided'],
  }[field] ?? [];
  const parts: Record<string, string> = {
    Action: 'id status evidenceDigest decidedBy { id } decidedAt draft { to subject body masked generatedBy editedBy { id kind } model } claimedBy { id } riskLevel confidence endReason',
    EvidenceChanged: 'changes { field before after } action { id status evidenceDigest endReason }', AlreadyDecided: 'action { id status }', LimitReached: 'limit resetsAt', UserError: 'message code path',
  };
  return `__typename ${Object.entries(parts).filter(([name]) => !without.includes(name)).map(([name, fields]) => `... on ${name} { ${fields} }`).join(' ')}`;
}
