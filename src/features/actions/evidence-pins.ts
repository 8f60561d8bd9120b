import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { contactLineage, opportunityLineage, survivorOf } from '../accounts/index.ts';
import { derivedValueId, derivedValueLineage } from '../context/index.ts';
import type { LineageRef } from '../lineage/index.ts';
import { consentLineage, policyLineage } from './action-lineage.ts';
import type { DealHealthFacts } from './deal-health-facts.ts';
import { outreachPolicy } from './outreach-policy.ts';

/** Something that evidence was read from, in the version that was read. */
export interface EvidencePin {
  readonly type: 'Contact' | 'Opportunity' | 'Consent' | 'OutreachPolicy' | 'DerivedValue';
  readonly id: string;
  /** A number for a consent and a policy; for a derived value, the version of its rules; for records, the instant since when that version was current. */
  readonly version: string;
}

const versions = statement<{ type: 'Contact' | 'Opportunity'; id: string; since: string }>(
  'versions_of_evidence',
  `select 'Contact' as type, id, sys_from as since from contact where tenant_id = $1 and id = ${survivorOf('$2::uuid')}
   union all select 'Opportunity', id, sys_from from opportunity where tenant_id = $1 and id = any($3::uuid[]) order by 1, 2`,
);

/** The versions of what evidence is read from: contact, opportunities, consent, outreach policy, deal health unless nothing is known of the deal. */
export async function evidencePins(
  work: Work,
  { contactId, consent, opportunityIds, dealHealth }: { readonly contactId: string | null; readonly consent: { readonly id: string; readonly version: number } | null; readonly opportunityIds: readonly string[]; readonly dealHealth: DealHealthFacts & { readonly accountId: string } },
): Promise<EvidencePin[]> {
  const records = await work.rows(versions, [work.tenantId, contactId, opportunityIds]);
  const policy = await outreachPolicy(work);
  return [
    ...records.map(({ type, id, since }) => ({ type, id, version: new Date(since).toISOString() })),
    ...(consent ? [{ type: 'Consent' as const, id: consent.id, version: String(consent.version) }] : []),
    { type: 'OutreachPolicy', id: policy.uuid, version: String(policy.version) },
    ...(dealHealth.value === 'UNKNOWN' ? [] : [{ type: 'DerivedValue' as const, id: derivedValueId('DEAL_HEALTH', dealHealth.accountId), version: String(dealHealth.ruleVersion) }]),
  ];
}

const kinds = { Contact: contactLineage, Opportunity: opportunityLineage, Consent: consentLineage, OutreachPolicy: policyLineage, DerivedValue: derivedValueLineage };

/** The lineage node of a pin. */
export function pinLineage({ type, id }: EvidencePin): LineageRef {
  return kinds[type].ref(id);
}
