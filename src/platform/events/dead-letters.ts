import type { Clock } from '../clock.ts';
import type { Id, NewId } from '../ids.ts';
import type { Database } from '../postgres/database.ts';
import { statement } from '../postgres/statement.ts';
import { envelopeSchema, type Envelope } from './event.ts';
import { deadLettered } from './event-metrics.ts';

/** Where an event stood on the bus when it was first read. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Why an event was put aside. */
export interface Failure {
  readonly origin: Origin;
  /** As it was read; not of the envelope's shape when that is the fault. */
  readonly event: unknown;
  readonly error: { readonly name: string; readonly message: string };
  readonly attempts: number;
}

/** An event that a consumer group could not take in. */
export interface DeadLetter extends Failure {
  readonly id: Id<'DeadLetter'>;
  readonly group: string;
  /** RFC 3339. */
  readonly failedAt: string;
}

/**
 * Events put aside. They are kept in a table, which is what is listed and replayed, and each is announced on the topic
 * `dead-letter.<group>`, by way of the outbox: so a letter is there if and only if its announcement is, on any bus.
 */
export interface DeadLetters {
  add(group: string, failures: readonly Failure[]): Promise<void>;
  /** Letters that wait for a replay, the oldest first, at most 1,000. */
  list(group: string): Promise<readonly DeadLetter[]>;
  /**
   * Hands waiting letters to their group again, all of them or those of some ids, through the topic `replay.<group>` that
   * only this group reads. However many ask at once, each letter goes once. Answers how many went.
   */
  replay(group: string, ids?: readonly Id<'DeadLetter'>[]): Promise<number>;
  /** Forgets letters replayed before an instant. */
  prune(before: Date): Promise<void>;
}

/** The name under which facts are put aside that the bus will not take. A replay hands them to the outbox again. */
export const outboxGroup = 'outbox';

/** The topic on which a group's dead letters are announced. */
export function deadLetterTopic(group: string): string {
  return `dead-letter.${group}`;
}

/** The topic through which a group gets its dead letters again. */
export function replayTopic(group: string): string {
  return `replay.${group}`;
}

const columns = `id, consumer_group as "group", topic, partition, "offset", event, error_name as "errorName",
  error_message as "errorMessage", attempts, failed_at as "failedAt"`;

interface Row extends Origin {
  readonly id: Id<'DeadLetter'>;
  readonly group: string;
  readonly event: unknown;
  readonly errorName: string;
  readonly errorMessage: string;
  readonly attempts: number;
  readonly failedAt: string;
}

// Read again after a crash, or failed again after a replay: the same letter, open (again). The events come apart from the
// rest, as an array that is taken to pieces without being read: they may hold what PostgreSQL's text cannot.
const keep = statement(
  'dead_letter_keep',
  `insert into dead_letter (id, consumer_group, topic, partition, "offset", event, error_name, error_message, attempts, failed_at)
   select distinct on (topic, partition, "offset") id, $1, topic, partition, "offset", event, name, message, attempts, app_now()
   from rows from (json_array_elements($2::json), unnest($3::uuid[]), unnest($4::text[]), unnest($5::int[]), unnest($6::bigint[]),
                   unnest($7::text[]), unnest($8::text[]), unnest($9::int[]))
     as letter(event, id, topic, partition, "offset", name, message, attempts)
   on conflict (consumer_group, topic, partition, "offset", digest) do update
     set attempts = dead_letter.attempts + excluded.attempts, error_name = excluded.error_name,
         error_message = excluded.error_message, failed_at = excluded.failed_at, replayed_at = null`,
);
const waiting = statement<Row>(
  'dead_letter_waiting',
  `select ${columns} from dead_letter where consumer_group = $1 and replayed_at is null order by failed_at, topic, partition, "offset" limit 1000`,
);
const take = statement<Row>(
  'dead_letter_take',
  `with taken as (
     update dead_letter set replayed_at = app_now()
     where consumer_group = $1 and replayed_at is null and ($2::uuid[] is null or id = any($2)) returning *
   ) select ${columns} from taken order by failed_at, topic, partition, "offset"`,
);
const send = statement('outbox_send', 'insert into outbox (event) select value from json_array_elements($1::json)');
const pruneReplayed = statement('dead_letter_prune', 'delete from dead_letter where replayed_at < $1');

/** What dead letters need. */
export interface DeadLetterOptions {
  readonly database: Pick<Database, 'system' | 'doorbell'>;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** Dead letters on Postgres, for consumers of any bus. */
export function createDeadLetters({ database, clock, newId }: DeadLetterOptions): DeadLetters {
  return {
    async add(group, failures) {
      const letters = failures.map(({ origin, event, error, attempts }) => ({
        ...origin,
        id: newId<'DeadLetter'>(),
        event: event ?? null,
        errorName: storable(error.name),
        errorMessage: storable(error.message),
        attempts,
      }));
      const column = <Value>(pick: (letter: (typeof letters)[number]) => Value): Value[] => letters.map(pick);
      const announcements = letters.map((letter) => enclose(deadLetterTopic(group), letter.event, { ...letter, event: announced(letter.event) }));
      await database.system(async (sql) => {
        await sql.rows(keep, [
          group,
          JSON.stringify(column(({ event }) => event)),
          column(({ id }) => id),
          column(({ topic }) => topic),
          column(({ partition }) => partition),
          column(({ offset }) => offset),
          column(({ errorName }) => errorName),
          column(({ errorMessage }) => errorMessage),
          column(({ attempts }) => attempts),
        ]);
        await sql.rows(send, [JSON.stringify(announcements)]);
      });
      deadLettered.inc({ group }, failures.length);
      database.doorbell.ring('outbox');
    },

    list: (group) => database.system(async (sql) => (await sql.rows(waiting, [group])).map(fromRow)),

    async replay(group, ids) {
      const count = await database.system(async (sql) => {
        const letters = (await sql.rows(take, [group, ids ?? null])).map(fromRow);
        const replays = letters.map(({ origin, event }) => (group === outboxGroup ? event : enclose(replayTopic(group), event, { origin, event })));
        if (letters.length > 0) await sql.rows(send, [JSON.stringify(replays)]);
        return letters.length;
      });
      database.doorbell.ring('outbox');
      return count;
    },

    prune: (before) => database.system(async (sql) => void (await sql.rows(pruneReplayed, [before.toISOString()]))),
  };

  /** An envelope around an event, on the event's own key, so that one account's letters keep their order. */
  function enclose(kind: string, event: unknown, data: Record<string, unknown>): Envelope {
    const readable = envelopeSchema.safeParse(event).data;
    const id = newId<'Event'>();
    const now = clock.now().toISOString();
    return {
      id,
      tenantId: readable?.tenantId ?? noTenant,
      kind,
      version: 1,
      accountId: readable?.accountId ?? null,
      sequence: 0,
      actor: { kind: 'system', id: 'dead-letters' },
      requestId: readable?.requestId ?? id,
      occurredAt: now,
      recordedAt: now,
      data,
    };
  }
}

/** An announcement carries the event where that is of an event's size; the letter itself has it whole. */
function announced(event: unknown): unknown {
  return JSON.stringify(event).length <= mostAnnounced ? event : null;
}
const mostAnnounced = 65_536;

/** The tenant of what could not be read: nobody's. */
const noTenant = '00000000-0000-0000-0000-000000000000';

function fromRow({ topic, partition, offset, errorName, errorMessage, ...letter }: Row): DeadLetter {
  return { ...letter, origin: { topic, partition, offset }, error: { name: errorName, message: errorMessage } };
}

/** As PostgreSQL's text takes it, and not without end. */
function storable(text: string): string {
  return text.slice(0, 1_000).toWellFormed().replaceAll('\0', '');
}
