import { ProductError } from '../../platform/errors.ts';
import { isRawNumber } from '../../platform/exact-json.ts';
import { toGlobalId, type Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkValue, currentFieldsOf, definitionFor, definitionsOf, mostFields, openValue, statusAt, updateProfileFields, type FieldUpdate, type SourceItem, type StoredField } from '../profiles/index.ts';
import type { StatedKey } from './stated-keys.ts';

/** As sure as a customer's word is that an agent noted down. A person may verify it. */
export const toldConfidence = 0.8;
const rule = { name: 'session-fact', version: 1 };
const noAccount = 'The contact of the session is not known in the graph, so it has no profile. State the contact with this reference; gap fill then finds the value.';
const objected = 'The contact objected to profiling. What it says is no value of the profile.';
const verified = 'A person verified another value. Change it in the profile.';

/** What a session stated. */
export interface StatedFact {
  readonly key: string;
  /** As it is in the context. */
  readonly value: unknown;
  readonly step: Id<'SessionStep'> | null;
}

/** The profile of the contact of a session. */
export interface SessionProfile {
  /** The account of the contact. */
  readonly accountId: Id<'Account'>;
  /** What it counts for after merges. */
  readonly survivorId: Id<'Account'>;
  /** Whether the contact objected to profiling. */
  readonly isObjector: boolean;
}

/** A value as checks take it: a number that JavaScript would change is its text. */
export function plainValue(value: unknown): unknown {
  return isRawNumber(value) ? value.rawJSON : value;
}

/** The nodes that a value of a session derives from. */
export function sourceItemsOf(sessionId: string, step: string | null): SourceItem[] {
  return [{ type: 'Session', id: sessionId }, ...(step === null ? [] : [{ type: 'SessionStep', id: step }])];
}

/** What a value keeps of where it came from, sealed with it: it outlasts the session. */
export function metadataOf(sessionId: string, key: string, { at, step }: Pick<StatedKey, 'at' | 'step'>): Readonly<Record<string, unknown>> {
  return { session: toGlobalId('Session', sessionId), step: step === null ? null : toGlobalId('SessionStep', step), key, statedAt: at };
}

/**
 * Gives the profile what a session stated, where a definition of the key's name says so (`fromSessions`) and the value
 * passes it. A value that the profile has already is not stated again. Returns what is known of each key from now on. The
 * account must be locked before the session.
 */
export async function storeFacts(work: Work, seal: Seal, { sessionId, profile, facts }: { readonly sessionId: Id<'Session'>; readonly profile: SessionProfile | null; readonly facts: readonly StatedFact[] }): Promise<ReadonlyMap<string, StatedKey>> {
  const definitions = await definitionsOf(work, work.tenantId, facts.map(({ key }) => key));
  const present = profile === null ? [] : ((await currentFieldsOf(work, work.tenantId, [profile.survivorId])).get(profile.survivorId) ?? []);
  const stated = new Map<string, StatedKey>();
  const updates: FieldUpdate[] = [];
  for (const { key, value, step } of facts) {
    const from = { at: work.now, step };
    const definition = definitionFor(definitions.get(key), null);
    if (!definition?.fromSessions) {
      stated.set(key, from);
      continue;
    }
    const checked = checkValue(plainValue(value), definition);
    const known = present.find(({ name }) => name === key);
    const refusal = profile === null ? noAccount : profile.isObjector ? objected : checked.errors.length > 0 ? checked.errors.join(' ') : known && isVerified(work, known) && !holds(seal, known, checked.value) ? verified : null;
    if (refusal !== null || profile === null) stated.set(key, { ...from, refusal });
    else if (known && isActive(work, known) && holds(seal, known, checked.value)) stated.set(key, { ...from, field: known.uuid });
    else if (updates.length === mostFields) stated.set(key, { ...from, refusal: `At most ${mostFields} values in one call; gap fill finds this one.` });
    else updates.push({ accountId: profile.accountId, name: key, value: checked.value, source: 'SESSION', sourceItems: sourceItemsOf(sessionId, step), rule, sourceMetadata: metadataOf(sessionId, key, from), confidence: toldConfidence, occurredAt: work.now, path: ['input', 'persistentContext', key] });
  }
  const results = updates.length === 0 ? [] : await updateProfileFields(work, seal, updates);
  for (const [place, { name }] of updates.entries()) {
    const result = results[place];
    const step = facts.find(({ key }) => key === name)?.step ?? null;
    if (result) stated.set(name, { at: work.now, step, ...(result instanceof ProductError ? { refusal: result.message } : { field: result.id }) });
  }
  return stated;
}

const isActive = (work: Work, field: StoredField): boolean => statusAt(field, Date.parse(work.now)) === 'ACTIVE';
const isVerified = (work: Work, field: StoredField): boolean => field.verifiedAt !== null && isActive(work, field);
const holds = (seal: Seal, field: StoredField, value: unknown): boolean => JSON.stringify(openValue(seal, field)) === JSON.stringify(value);
