import { childMembersOf } from '../../platform/child-data.ts';
import { parseExactJson } from '../../platform/exact-json.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { declareChildData, declareGapSource, type GapValue } from '../profiles/index.ts';
import { notePlace, sessionsOfAccount, type AccountSession } from './account-sessions.ts';
import { statedOf } from './stated-keys.ts';
import { readContext } from './session-context.ts';
import { metadataOf, plainValue, sourceItemsOf, toldConfidence } from './session-facts.ts';

/** A value that a session holds under a key. */
interface StatedFact {
  readonly session: AccountSession;
  readonly value: unknown;
  readonly at: string;
  readonly step: string | null;
}

const thereAre = statement<{ id: string }>('steps_that_are_there', 'select id from session_step where tenant_id = $1 and id = any($2::uuid[])');

/** The latest value of each key, over all sessions of an account. */
function latestByKey(seal: Seal, sessions: readonly AccountSession[]): Map<string, StatedFact> {
  const latest = new Map<string, StatedFact>();
  for (const session of sessions) {
    const { values, stated } = readContext(seal.open(session.wrappedKey, session.persistentSealed));
    for (const [key, value] of Object.entries(values)) {
      const { at, step } = statedOf(stated, key) ?? { at: session.changedAt, step: null };
      if (at > (latest.get(key)?.at ?? '')) latest.set(key, { session, value, at, step });
    }
  }
  return latest;
}

/*
 * Sessions as a source of gap fill: the value under the key that is called as the field is, of the session with a contact of
 * the account that stated it last, unless the contact objected to profiling. Nothing is guessed from keys of other names or from messages.
 */
declareGapSource({
  kind: 'SESSION',
  find: ({ accountId, seal, transact }, wanted) => transact(async (work) => {
    const latest = latestByKey(seal, (await sessionsOfAccount(work, work.tenantId, accountId)).filter(({ isObjector }) => !isObjector));
    const stated = wanted.flatMap(({ name }): [string, StatedFact][] => {
      const found = latest.get(name);
      return found ? [[name, found]] : [];
    });
    if (stated.length === 0) return new Map();
    const steps = new Set((await work.rows(thereAre, [work.tenantId, stated.flatMap(([, { step }]) => step ?? [])])).map(({ id }) => id));
    for (const session of new Set(stated.map(([, each]) => each.session))) await notePlace(work, session.id, session);
    return new Map(stated.map(([key, { session, value, at, step: named }]): [string, GapValue] => {
      const step = named !== null && steps.has(named) ? named : null;
      return [key, { value: plainValue(value), confidence: toldConfidence, sourceItems: sourceItemsOf(session.id, step), sourceMetadata: metadataOf(session.id, key, { at, step }), occurredAt: at }];
    }));
  }),
});

const stepsOfChildren = statement<{ sealed: Buffer; wrappedKey: Buffer }>(
  'steps_with_child_data',
  `select t.content_sealed as sealed, k.wrapped_key as "wrappedKey" from session_step t join agent_session s on s.tenant_id = t.tenant_id and s.id = t.session_id
   join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id
   where t.tenant_id = $1 and t.session_id = any($2::uuid[]) and t.holds_child_data and t.content_sealed is not null and k.wrapped_key is not null order by t.recorded_at desc, t.id limit 500`,
);

// What sessions know of children is taken out of every text about the account that a language model reads.
declareChildData(async ({ sql, tenantId, seal, accountId, holds }) => {
  const sessions = await sessionsOfAccount(sql, tenantId, accountId);
  if (sessions.length === 0) return [];
  const steps = await sql.rows(stepsOfChildren, [tenantId, sessions.map(({ id }) => id)]);
  const texts = [...steps.map(({ wrappedKey, sealed }) => seal.open(wrappedKey, sealed)), ...sessions.flatMap(({ wrappedKey, activeSealed }) => (activeSealed ? [seal.open(wrappedKey, activeSealed)] : []))];
  const contexts = sessions.map(({ wrappedKey, persistentSealed }): unknown => readContext(seal.open(wrappedKey, persistentSealed)).values);
  return [...contexts, ...texts.flatMap((text) => (text === null ? [] : [parseExactJson(text)]))].flatMap((value) => childMembersOf(value, holds));
});
