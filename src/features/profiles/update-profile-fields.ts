import { setImmediate } from 'node:timers/promises';
import { hasChildMembers } from '../../platform/child-data.ts';
import { InvalidInput, LimitExceeded, ProductError, Suppressed } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { counter } from '../../platform/metrics.ts';
import type { Seal, Subject, SubjectName } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts, noSuchAccount } from '../accounts/index.ts';
import { checkSuppression, countSuppressed } from '../consent/index.ts';
import { recordDerivations, type DerivationRule } from '../lineage/index.ts';
import type { FieldSource, FieldValueType, ValidationMode } from './enums.ts';
import { definitionFor, definitionsOf, isOfChildren, profileSettingsOf, type StoredDefinition } from './field-definition.queries.ts';
import { fieldLineage, sourceRef } from './lineage-kinds.ts';
import { stepsOf } from './pattern.ts';
import { profileFieldUpdated } from './profiles.events.ts';
import { checkFieldName, isFieldName, mostOfAgent, optionalText } from './save-field-definition.ts';
import { checkSourceItems, type SourceItem } from './source-items.ts';
import { decideOrigin, rankOf, textOfField, type OriginClass } from '../trust/index.ts';
import { placeSubjects } from './subject-of-value.ts';
import { checkAddress, validateValue, type ValidatedValue } from './validate-value.ts';

/** A new value of a field, as a use case is told it. `path` is where faults are placed. */
export interface FieldUpdate {
  /** The account, as it is named, whose profile it is. If it was merged, the value shows in the survivor's profile, and is its own again when the merge is undone. */
  readonly accountId: Id<'Account'>;
  readonly agent?: string | null;
  readonly name: string;
  readonly value: unknown;
  readonly valueType?: FieldValueType | null;
  readonly source: FieldSource;
  /** What it was derived from; the first is the source item, and all of them are in its lineage. */
  readonly sourceItems?: readonly SourceItem[];
  /** What made it out of its sources; stated by hand when left out. */
  readonly rule?: DerivationRule;
  readonly sourceMetadata?: Readonly<Record<string, unknown>> | null;
  readonly confidence?: number | null;
  readonly verified?: boolean | null;
  /** Whose data it is. What was derived from a person's data is theirs without it. */
  readonly subjectEmail?: string | null;
  readonly occurredAt?: string | null;
  readonly expiresAt?: string | null;
  /** Where it comes from, where the caller says so. */
  readonly origin?: OriginClass | null;
  readonly path: readonly string[];
}

/** What became of one update: the new version, with what the checks said of it; or why it was refused. */
export type FieldUpdateResult =
  | { readonly id: Id<'ProfileField'>; readonly supersedesId: Id<'ProfileField'> | null; readonly state: ValidatedValue['state']; readonly errors: readonly string[] }
  | ProductError;

interface Prepared {
  readonly place: number;
  readonly update: FieldUpdate;
  readonly checked: ValidatedValue;
  readonly valueType: FieldValueType;
  readonly definition: StoredDefinition | null;
  readonly origin: OriginClass;
  /** By its name, its definition or its members; beside what it was derived from. */
  readonly holdsChildData: boolean;
  /** The person whom it is about by itself: the one stated, or the owner of an address. */
  readonly person: SubjectName | null;
}

/** One whose account is locked; `update.accountId` is what that counts for. */
interface Housed extends Prepared {
  /** The account that was named. */
  readonly homeId: Id<'Account'>;
}

/** One whose sources are there, with the subjects whose data they are. */
interface Sourced extends Housed {
  readonly subjectIds: readonly Id<'Subject'>[];
  readonly homeIds: readonly string[];
  readonly fromChildData: boolean;
}

/** The most values one call may bring, and the most fields one profile may have. */
export const mostFields = 200;
const day = 86_400_000;

const warnings = counter('profile_values_warned_total', 'Profile values that did not pass their checks and were taken with a warning. A rise means that a source or a definition is wrong.', ['source']);

/**
 * Gives fields of profiles new values. Each is a new version that supersedes the one before; what is refused does not
 * hold up the others. Answers one result per update, in order. A fixed number of statements, however many updates.
 */
export async function updateProfileFields(work: Work, seal: Seal, updates: readonly FieldUpdate[]): Promise<FieldUpdateResult[]> {
  if (updates.length > mostFields) throw new LimitExceeded(`At most ${mostFields} values in one call; these are ${updates.length}.`);
  const results: FieldUpdateResult[] = [];
  const refuse = (place: number, error: unknown): void => {
    if (!(error instanceof ProductError)) throw error;
    results[place] = error;
  };
  const definitions = await definitionsOf(work, work.tenantId, updates.flatMap(({ name }) => (isFieldName(name) ? [name] : [])));
  const { validationMode: mode, childDataDays } = await profileSettingsOf(work, work.tenantId);
  const prepared: Prepared[] = [];
  let steps = 0;
  for (const [place, update] of updates.entries()) {
    try {
      const definition = definitionFor(definitions.get(update.name), update.agent?.trim() || null);
      const heavy = matchingSteps(update.value, definition);
      steps += heavy;
      if (steps > mostStepsOfCall) throw new LimitExceeded('Holding these values against their patterns takes too long for one call. Send fewer at once.');
      prepared.push(prepare(work, update, place, { definition, mode, isOfChildren: isOfChildren(update.name, definitions.get(update.name)) }));
      // Others have their turn before the next one.
      if (heavy > noticeableSteps) await setImmediate();
    } catch (error) {
      refuse(place, error);
    }
  }
  const standings = await lockAccounts(work, updates.map(({ accountId }) => accountId));
  const housed = prepared.flatMap((item): Housed[] => {
    const homeId = item.update.accountId;
    const standing = standings.get(homeId);
    if (!standing || standing.retiredAt !== null) refuse(item.place, noSuchAccount([...item.update.path, 'account']));
    return !standing || standing.retiredAt !== null ? [] : [{ ...item, homeId, update: { ...item.update, accountId: standing.survivorId } }];
  });
  const known = await refuseUnknownSources(work, await refuseSuppressed(work, refuseRepeated(housed, refuse), refuse), refuse);
  const latest = await latestVersions(work, known);
  const placed = await placeSubjects(work, seal, refuseTooMany(known, latest, refuse), refuse);
  const rows = placed.map((item) => toRow(work, seal, item, { subject: item.subject, latest: latest.get(keyOf(item.update)), childDataDays }));
  await store(work, rows);
  await recordDerivations(work, placed.map(({ update: { sourceItems = [], source, rule = byHand } }, index) => ({
    to: fieldLineage.ref((rows[index] as FieldRow).id), from: sourceItems.map(sourceRef), relation: relations[source] ?? 'STATED_FROM', rule,
  })));
  for (const [index, { place, checked, update }] of placed.entries()) {
    const { id, supersedes_id: supersedesId } = rows[index] as FieldRow;
    results[place] = { id, supersedesId, state: checked.state, errors: checked.errors };
    if (checked.state === 'INVALID') warnings.inc({ source: update.source });
  }
  for (const [accountId, own] of Map.groupBy(rows, (row) => row.account_id)) {
    work.record(profileFieldUpdated.fact({ accountId, data: { accountId, profileFieldIds: own.map(({ id }) => id) } }));
  }
  return results;
}

/** The most steps of matching patterns that one call may take, and those after which others have a turn. */
const [mostStepsOfCall, noticeableSteps] = [2_000_000, 20_000];

function matchingSteps(value: unknown, definition: StoredDefinition | null): number {
  return definition?.validationRegex && typeof value === 'string' ? stepsOf(definition.validationRegex, value) : 0;
}

const byHand: DerivationRule = { name: 'profile-field-update', version: 1 };
const relations: Partial<Record<FieldSource, string>> = { LLM: 'EXTRACTED_FROM', TOOL: 'EXTRACTED_FROM', SYSTEM: 'COMPUTED_FROM' };

const keyOf = ({ accountId, name }: { accountId: string; name: string }): string => `${accountId} ${name}`;

function prepare(work: Work, update: FieldUpdate, place: number, { definition, mode, isOfChildren: byName }: { definition: StoredDefinition | null; mode: ValidationMode; isOfChildren: boolean }): Prepared {
  const { now } = work;
  const { path, value, confidence, sourceMetadata, expiresAt, occurredAt, subjectEmail } = update;
  checkFieldName(update.name, [...path, 'name']);
  if (typeof confidence === 'number' && !(confidence >= 0 && confidence <= 1)) throw new InvalidInput(`A confidence is between 0 and 1; this one is ${confidence}.`, [...path, 'confidence']);
  if (expiresAt && Date.parse(expiresAt) <= Date.parse(now)) throw new InvalidInput('A value expires in the future.', [...path, 'expiresAt']);
  if (occurredAt && Date.parse(occurredAt) > Date.parse(now) + 300_000) throw new InvalidInput('occurredAt lies more than 5 minutes in the future.', [...path, 'occurredAt']);
  if (sourceMetadata) checkMetadata(sourceMetadata, [...path, 'sourceMetadata']);
  optionalText(update.agent, mostOfAgent, [...path, 'agent']);
  const email = checkAddress(subjectEmail, [...path, 'subjectEmail']);
  const valueType = definition?.valueType ?? update.valueType ?? typeOf(value);
  const checked = validateValue(value, definition, definition?.validationMode ?? mode, [...path, 'value']);
  // What a conversation states is of whom it is with, also where it is an address.
  const isTold = (update.sourceItems ?? []).some(({ type }) => type === 'Session' || type === 'SessionStep');
  const address = email ?? (!isTold && valueType === 'EMAIL' && typeof checked.value === 'string' ? checked.value : null);
  const origin = decideOrigin(work, { text: textOfField(update.source), stated: update.origin, path });
  return { place, update, checked, valueType, definition, origin, holdsChildData: byName || hasChildMembers(checked.value), person: address === null ? null : { email: address } };
}

function typeOf(value: unknown): FieldValueType {
  if (typeof value === 'boolean') return 'BOOLEAN';
  if (typeof value === 'number') return 'NUMBER';
  return typeof value === 'string' ? 'TEXT' : 'JSON';
}

function checkMetadata(metadata: Readonly<Record<string, unknown>>, path: readonly string[]): void {
  validateValue(metadata, null, 'DISABLED', path);
  if (Buffer.byteLength(JSON.stringify(metadata)) > 16_384) throw new InvalidInput('sourceMetadata is larger than 16 KiB.', path);
}

function refuseRepeated(prepared: readonly Housed[], refuse: (place: number, error: unknown) => void): Housed[] {
  const seen = new Set<string>();
  return prepared.filter(({ update, place }) => {
    const key = keyOf(update);
    if (seen.has(key)) refuse(place, new InvalidInput('One call gives a field one value; this field has one already.', [...update.path, 'name']));
    return seen.size < seen.add(key).size;
  });
}

/** Values about people who were erased are not taken in again; one statement, and none where no value holds an address. */
async function refuseSuppressed(work: Work, prepared: readonly Housed[], refuse: (place: number, error: unknown) => void): Promise<Housed[]> {
  const texts = ({ update: { value, subjectEmail, sourceMetadata } }: Housed): unknown[] => [value, subjectEmail, sourceMetadata];
  const suppression = await checkSuppression(work, { values: prepared.flatMap(texts) });
  const kept = prepared.filter((item) => !suppression.holds(texts(item)));
  for (const { place, update } of prepared) if (!kept.some((item) => item.place === place)) refuse(place, new Suppressed([...update.path, 'value']));
  countSuppressed(work, 'profile_field', prepared.length - kept.length);
  return kept;
}

async function refuseUnknownSources(work: Work, prepared: readonly Housed[], refuse: (place: number, error: unknown) => void): Promise<Sourced[]> {
  const checked = await checkSourceItems(work, prepared.map(({ update }) => update));
  return prepared.flatMap((item, index): Sourced[] => {
    const sources = checked[index];
    if (sources instanceof ProductError) refuse(item.place, sources);
    return !sources || sources instanceof ProductError ? [] : [{ ...item, ...sources }];
  });
}

interface Latest {
  readonly id: Id<'ProfileField'>;
  readonly accountId: string;
  readonly name: string;
  readonly seriesId: string;
  readonly version: number;
}

// Versions are numbered within the account that was named, so that they stay when a merge is undone.
const latestOfNames = statement<Latest>(
  'latest_profile_fields',
  `select l.id, asked.account_id as "accountId", l.name, l.series_id as "seriesId", l.version
   from unnest($2::uuid[], $3::text[], $4::uuid[]) as asked(account_id, name, home) cross join lateral (
     select id, name, series_id, version from profile_field t
     where t.tenant_id = $1 and coalesce(t.home_account_id, t.account_id) = asked.home and t.name = asked.name order by version desc limit 1) l`,
);
const countNames = statement<{ accountId: string; names: number }>(
  'count_profile_fields',
  `select account_id as "accountId", count(distinct name) as names from profile_field where tenant_id = $1 and account_id = any($2::uuid[]) group by account_id`,
);

async function latestVersions(work: Work, prepared: readonly Housed[]): Promise<Map<string, Latest> & { counts?: Map<string, number> }> {
  if (prepared.length === 0) return new Map();
  const updates = prepared.map(({ update }) => update);
  const rows = await work.rows(latestOfNames, [work.tenantId, updates.map(({ accountId }) => accountId), updates.map(({ name }) => name), prepared.map(({ homeId }) => homeId)]);
  const counts = await work.rows(countNames, [work.tenantId, [...new Set(updates.map(({ accountId }) => accountId))]]);
  return Object.assign(new Map(rows.map((row) => [keyOf(row), row])), { counts: new Map(counts.map((row) => [row.accountId, row.names])) });
}

function refuseTooMany(prepared: readonly Sourced[], latest: Map<string, Latest> & { counts?: Map<string, number> }, refuse: (place: number, error: unknown) => void): Sourced[] {
  const counts = new Map(latest.counts);
  return prepared.filter(({ update, place }) => {
    if (latest.has(keyOf(update))) return true;
    const count = counts.get(update.accountId) ?? 0;
    if (count >= mostFields) refuse(place, new LimitExceeded(`A profile has at most ${mostFields} fields; this one has as many.`));
    else counts.set(update.accountId, count + 1);
    return count < mostFields;
  });
}

interface FieldRow {
  readonly id: Id<'ProfileField'>;
  readonly account_id: Id<'Account'>;
  /** Null where it is account_id. */
  readonly home_account_id: Id<'Account'> | null;
  readonly name: string;
  readonly supersedes_id: Id<'ProfileField'> | null;
  readonly [column: string]: unknown;
}

function toRow(work: Work, seal: Seal, { update, homeId, checked, valueType, definition, origin, holdsChildData, fromChildData }: Sourced, { subject, latest, childDataDays }: { readonly subject: Subject; readonly latest: Latest | undefined; readonly childDataDays: number }): FieldRow {
  const isOfChild = holdsChildData || fromChildData;
  const after = (days: number | null | undefined, since: string): string | null => (days ? new Date(Date.parse(since) + days * day).toISOString() : null);
  const sealed = (value: unknown): string => `\\x${seal.seal(subject.key, JSON.stringify(value)).toString('hex')}`;
  const id = work.newId<'ProfileField'>();
  const [item] = update.sourceItems ?? [];
  return {
    id,
    account_id: update.accountId,
    home_account_id: homeId === update.accountId ? null : homeId,
    name: update.name,
    series_id: latest?.seriesId ?? id,
    version: (latest?.version ?? 0) + 1,
    supersedes_id: latest?.id ?? null,
    value_type: valueType,
    subject_id: subject.id,
    value_sealed: sealed(checked.value),
    source: update.source,
    origin: rankOf(origin),
    source_item_type: item?.type ?? null,
    source_item_id: item?.id ?? null,
    source_metadata_sealed: update.sourceMetadata ? sealed(update.sourceMetadata) : null,
    confidence: update.confidence ?? 1,
    validation_state: checked.state,
    validation_errors: checked.errors,
    verified_at: update.verified ? work.now : null,
    stale_at: after(definition?.freshnessDays, update.occurredAt ?? work.now),
    expires_at: earliest(update.expiresAt ?? after(definition?.retentionDays, work.now), isOfChild ? after(childDataDays, work.now) : null),
    occurred_at: update.occurredAt ?? work.now,
    holds_child_data: isOfChild,
  };
}

function earliest(one: string | null, other: string | null): string | null {
  return one !== null && other !== null ? (Date.parse(one) < Date.parse(other) ? one : other) : (one ?? other);
}

// What was current in the profile but stated of another account that is merged with it is only outranked: it is that account's again when the merge is undone.
const supersede = statement(
  'supersede_profile_fields',
  `update profile_field t set is_current = false, status = case t.status when 'ACTIVE' then 'SUPERSEDED' else t.status end,
     outranked_status = case when coalesce(t.home_account_id, t.account_id) = g.home then null else coalesce(t.outranked_status, t.status) end
   from unnest($2::uuid[], $3::uuid[], $4::text[]) as g(account_id, home, name)
   where t.tenant_id = $1 and t.account_id = g.account_id and t.name = g.name and (t.is_current or t.outranked_status is not null and coalesce(t.home_account_id, t.account_id) = g.home)`,
);
const insert = statement(
  'insert_profile_fields',
  `insert into profile_field (tenant_id, id, account_id, home_account_id, name, series_id, version, is_current, status, supersedes_id, value_type, subject_id, value_sealed, source,
     source_item_type, source_item_id, source_metadata_sealed, confidence, validation_state, validation_errors, verified_at, stale_at, expires_at, occurred_at, recorded_at, origin, holds_child_data)
   select $1, id, account_id, home_account_id, name, series_id, version, true, 'ACTIVE', supersedes_id, value_type, subject_id, value_sealed, source,
     source_item_type, source_item_id, source_metadata_sealed, confidence, validation_state, validation_errors, verified_at, stale_at, expires_at, occurred_at, $3, origin, holds_child_data
   from jsonb_to_recordset($2::jsonb) as g(id uuid, account_id uuid, home_account_id uuid, name text, series_id uuid, version int, supersedes_id uuid, value_type text, subject_id uuid, value_sealed bytea,
     source text, source_item_type text, source_item_id uuid, source_metadata_sealed bytea, confidence float8, validation_state text, validation_errors text[],
     verified_at timestamptz, stale_at timestamptz, expires_at timestamptz, occurred_at timestamptz, origin smallint, holds_child_data boolean)`,
);

async function store(work: Work, rows: readonly FieldRow[]): Promise<void> {
  if (rows.length === 0) return;
  await work.rows(supersede, [work.tenantId, rows.map((row) => row.account_id), rows.map((row) => row.home_account_id ?? row.account_id), rows.map(({ name }) => name)]);
  await work.rows(insert, [work.tenantId, JSON.stringify(rows), work.now]);
}
