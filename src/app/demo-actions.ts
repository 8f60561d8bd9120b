import type { Seal } from '../platform/postgres/seal.ts';
import { statement } from '../platform/postgres/statement.ts';
import type { Work } from '../platform/postgres/work.ts';
import { selectAccounts } from '../features/accounts/index.ts';
import { proposeAction } from '../features/actions/index.ts';
import { grantConsent } from '../features/consent/index.ts';

/** Demo contacts who agreed to be written to; Bob of Acme never did. */
const willing = ['jane.martinez@acme.example', 'hank@globex.example', 'tess@test.example'];

/** What a seller of the demo proposes by hand; Acme's action comes from its intent, by itself. */
const proposals = [
  {
    account: 'test-account-001', subject: 'Your pilot ends next week', confidence: 0.82,
    body: 'Hello Tess,\n\nyour pilot ends next week, and the last meeting left two questions open. Would Thursday suit you to go through them?\n\nKind regards',
    reasoning: 'The pilot ends next week; the notes of the last meeting name two open questions, and Tess champions us.',
  },
  {
    account: 'globex-77', subject: 'After your support case', confidence: 0.55,
    body: 'Hello Hank,\n\nI saw that your team had to wait for an answer last week. May I call you about it, and about how the renewal stands?\n\nKind regards',
    reasoning: 'An open support case before a renewal. It may be too early to write before the case is closed.',
  },
];

const proposed = statement('demo_actions', `select 1 from action where tenant_id = $1 and proposed_by_id = 'demo' limit 1`);

/** Records the consents of the demo's contacts; before its signals come in, so that what they lead to finds them. */
export async function grantDemoConsents(work: Work, seal: Seal): Promise<void> {
  for (const email of willing) await grantConsent(work, seal, { email, purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', source: 'demo data', path: ['demo'] });
}

/** Puts actions into the demo's approval queue, once per tenant: a person may have revoked or rejected since. */
export async function loadDemoActions(work: Work, seal: Seal): Promise<void> {
  if ((await work.rows(proposed, [work.tenantId])).length > 0) return;
  await grantDemoConsents(work, seal);
  for (const { account, ...words } of proposals) {
    const [accountId] = (await selectAccounts(work, work.tenantId, [{ externalRef: { system: 'salesforce', id: account } }])).values();
    if (!accountId) continue;
    await proposeAction(work, seal, { accountId, contactId: null, ...words, generatedBy: 'PERSON', model: null, prompt: null, scorePointId: null, sources: [], path: ['demo'] });
  }
}
