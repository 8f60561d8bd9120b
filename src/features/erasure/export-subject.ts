import { NotFound } from '../../platform/errors.ts';
import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import { normaliseEmail, type Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { subjectExported } from './erasure.events.ts';
import { findPerson } from './find-person.ts';
import { checkPerson, type PersonArgs } from './preview-erasure.ts';

/** Everything held on a person, in the clear. */
export interface SubjectExport {
  /** The address that was asked for; null where a contact was. */
  readonly email: string | null;
  /** Every address that it covers, normalised. */
  readonly emails: readonly string[];
  /** RFC 3339. */
  readonly exportedAt: string;
  /** By kind; kinds of which nothing is held are left out. */
  readonly data: Readonly<Record<string, readonly object[]>>;
}

/** Answers what a person may ask for (GDPR Art. 15 and 20, CCPA § 1798.110, DPDP s. 11), and records that it was handed out. */
export async function exportSubject(work: Work, seal: Seal, places: readonly PersonalPlace[], args: PersonArgs): Promise<SubjectExport> {
  const scope = { sql: work, tenantId: work.tenantId, now: work.now, seal };
  const sought = await checkPerson(scope, args);
  const person = await findPerson(scope, places, sought);
  const kinds: [string, readonly object[]][] = [];
  for (const place of places) kinds.push(...Object.entries(await place.disclose(scope, person)).filter(([, rows]) => rows.length > 0));
  if (kinds.length === 0) throw new NotFound('Nothing is held on this person.', ['email' in sought ? 'email' : 'contactId']);
  work.record(subjectExported.fact({ accountId: null, data: { subjectIds: [...person.subjects.keys()], items: kinds.map(([kind, { length }]) => ({ kind, count: length })) } }));
  return { email: 'email' in sought ? sought.email : null, emails: [...new Set([...person.emails].map(normaliseEmail))].toSorted(), exportedAt: work.now, data: Object.fromEntries(kinds) };
}
