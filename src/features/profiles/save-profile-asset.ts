import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { subjectsOf, type Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkText, lockAccounts, noSuchAccount } from '../accounts/index.ts';
import { checkSuppression, countSuppressed, suppressedItem } from '../consent/index.ts';
import { decideOrigin, rankOf, textOfDocument, type OriginClass } from '../trust/index.ts';
import { profileAssetSaved } from './profiles.events.ts';
import { optionalText } from './save-field-definition.ts';
import { profileSubject } from './subject-of-value.ts';
import { checkAddress } from './validate-value.ts';

const insert = statement(
  'insert_profile_asset',
  `insert into profile_asset (tenant_id, id, account_id, home_account_id, name_sealed, kind, subject_id, text_sealed, occurred_at, recorded_at, origin)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);

/** A document as a use case is told it. */
export interface AssetStatement {
  /** The account, as it is named, whose profile it goes into. If it was merged, the document shows in the survivor's profile, and is its own again when the merge is undone. */
  readonly accountId: Id<'Account'>;
  readonly name: string;
  readonly kind?: string | null;
  readonly text: string;
  readonly subjectEmail?: string | null;
  readonly occurredAt?: string | null;
  /** Where it comes from, where the caller says so. */
  readonly origin?: OriginClass | null;
}

/** Puts a document into a profile, its name and text sealed. Answers its id. */
export async function saveProfileAsset(work: Work, seal: Seal, { accountId: homeId, name, kind, text, subjectEmail, occurredAt, origin: stated }: AssetStatement): Promise<Id<'ProfileAsset'>> {
  const path = (field: string): string[] => ['input', field];
  const called = optionalText(name, 200, path('name'));
  if (called === null) throw new InvalidInput('A document has a name.', path('name'));
  const sort = kind?.trim() ? kind.trim() : 'document';
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(sort)) throw new InvalidInput('A kind of document is a word in snake case of at most 64 characters: everybody is shown it.', path('kind'));
  const checked = checkText(text, path('text'), 200_000);
  if (checked.trim() === '') throw new InvalidInput('A document has a text.', path('text'));
  const origin = decideOrigin(work, { text: textOfDocument(sort), stated, path: ['input'] });
  const email = checkAddress(subjectEmail, path('subjectEmail'));
  const suppression = await checkSuppression(work, { values: [email, called, checked] });
  if (suppression.holds(email)) throw suppressedItem('document', path('subjectEmail'));
  if (suppression.holds([called, checked])) countSuppressed(work, 'document', 1);
  const standing = (await lockAccounts(work, [homeId])).get(homeId);
  if (!standing || standing.retiredAt !== null) throw noSuchAccount(path('account'));
  const accountId = standing.survivorId;
  const [subject] = await subjectsOf(work, seal, [email === null ? profileSubject(accountId) : { email }]);
  if (!subject) throw new Error('a document without a data subject');
  const id = work.newId<'ProfileAsset'>();
  await work.rows(insert, [work.tenantId, id, accountId, accountId === homeId ? null : homeId, seal.seal(subject.key, suppression.without(called)), sort, subject.id, seal.seal(subject.key, suppression.without(checked)), occurredAt ?? work.now, work.now, rankOf(origin)]);
  work.record(profileAssetSaved.fact({ accountId, data: { accountId, profileAssetId: id } }));
  return id;
}
