import { LimitExceeded, ProductError, Suppressed } from '../../platform/errors.ts';
import { toGlobalId } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkSuppression, countSuppressed, refuseErasedMeanwhile } from '../consent/index.ts';
import { accountKind } from './account-fields.ts';
import { checkExternalRef, type ExternalRefInput } from './account-selector.ts';
import type { AccountInput } from './account.type.ts';
import { checkFields, checkOrigin, type StatementOrigin, type UpsertMode } from './check-statement.ts';
import { claimAccounts } from './claim-accounts.ts';
import { lockAccounts } from './lock-accounts.ts';
import { projectAccounts } from './project-accounts.ts';
import { addStatements, loadStates, type GivenStatement } from './state-nodes.ts';
import { mostRecords, type UpsertResult } from './upsert-records.ts';

interface Checked {
  readonly place: number;
  readonly mode: UpsertMode;
  readonly externalRef: ExternalRefInput;
  readonly origin: StatementOrigin;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The fields as the source said them. */
  readonly said: Readonly<Record<string, unknown>>;
  /** Whether addresses of erased people were taken out of it. */
  readonly suppressed: boolean;
}

/** What one account's upsert may say beside its fields. */
export type AccountStatement = Partial<AccountInput> & Pick<AccountInput, 'externalRef'> & { readonly mode?: UpsertMode };

/**
 * Takes in what sources say about accounts, each found again by its external reference. A field that is left out stays as
 * it is; `mode: REPLACE` states them all. What is older than what the same source said before is kept as history and does
 * not become current. An account that is refused does not hold up the others. Returns one result per input, in order.
 */
export async function upsertAccounts(work: Work, seal: Seal, inputs: readonly AccountStatement[], mode: UpsertMode = 'PATCH'): Promise<UpsertResult[]> {
  if (inputs.length > mostRecords) throw new LimitExceeded(`At most ${mostRecords} accounts in one call; these are ${inputs.length}.`);
  const results: UpsertResult[] = [];
  const checked = inputs.flatMap((input, place) => {
    try {
      return [check(work, input, { place, mode: input.mode ?? mode })];
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      results[place] = error;
      return [];
    }
  });
  const admitted = await keepSuppressedOut(work, checked, results);
  const { ids, fresh } = await claimAccounts(work, admitted.map((item) => item.externalRef));
  const standings = await lockAccounts(work, ids);
  await refuseErasedMeanwhile(work, admitted.map(({ fields }) => fields));
  const roots = [...new Set(ids.map((id) => standings.get(id)?.survivorId ?? id))];
  const given = admitted.map(({ place, mode: stated, origin, fields, said }, index): GivenStatement => (
    { place, nodeId: ids[index] ?? '', accountId: null, source: origin.source, mode: stated, occurredAt: origin.occurredAt ?? origin.modifiedAt ?? work.now, modifiedAt: origin.modifiedAt, timed: origin.occurredAt !== null || origin.modifiedAt !== null, origin: origin.origin, fields, said, subject: null }
  ));
  const { states, outcomes } = await addStatements(work, seal, accountKind, { states: await loadStates(work, seal, accountKind, roots), given });
  const changes = await projectAccounts(work, seal, states, standings);
  for (const { place, suppressed } of admitted) {
    const { rootId, verdict } = outcomes.get(place) ?? { rootId: '', verdict: 'KNOWN' as const };
    const changed = changes.get(rootId);
    const reason = verdict === 'OLDER' ? 'OLDER_THAN_CURRENT' : states.get(rootId)?.folded.retired ? 'RETIRED' : null;
    results[place] = { globalId: toGlobalId('Account', rootId), change: changed === 'CREATED' && [...fresh].some((id) => id === rootId) ? 'CREATED' : changed ? 'UPDATED' : 'UNCHANGED', suppressed, reason };
  }
  return results;
}

function check(work: Work, input: AccountStatement, { place, mode }: { readonly place: number; readonly mode: UpsertMode }): Checked {
  const path = ['input', String(place)];
  const { fields } = checkFields(accountKind, input, { mode, path });
  const externalRef = checkExternalRef(input.externalRef, [...path, 'externalRef']);
  return { place, mode, externalRef, origin: checkOrigin(work, accountKind.type, input, path), fields, said: fields, suppressed: false };
}

/** Keeps people who were erased out: colleagues are emptied, as an erasure empties them, and addresses in texts are taken out. */
async function keepSuppressedOut(work: Work, checked: readonly Checked[], results: UpsertResult[]): Promise<readonly Checked[]> {
  const suppression = await checkSuppression(work, { values: checked.flatMap(({ fields, externalRef }) => [fields, externalRef.id]) });
  const kept = checked.flatMap((item): Checked[] => {
    if (suppression.holds(item.externalRef.id)) {
      results[item.place] = new Suppressed(['input', String(item.place), 'externalRef']);
      return [];
    }
    if (!suppression.holds(item.fields)) return [item];
    const clean = (value: unknown): unknown => (typeof value === 'string' ? suppression.without(value) : value !== null && typeof value === 'object' && suppression.holds(value) ? null : value);
    return [{ ...item, fields: Object.fromEntries(Object.entries(item.fields).map(([name, value]) => [name, clean(value)])), suppressed: true }];
  });
  countSuppressed(work, 'account', checked.length - kept.length + kept.filter(({ suppressed }) => suppressed).length);
  return kept;
}
