import { z } from 'zod';
import { Unavailable } from '../errors.ts';
import { growingPause, pause } from '../pause.ts';
import type { Consumer } from './bus.ts';
import { replayTopic, type DeadLetters, type Failure, type Origin } from './dead-letters.ts';
import { envelopeSchema, type Envelope } from './event.ts';
import { consumed, deadLettered, refused } from './event-metrics.ts';
import { createTurns } from './turns.ts';

/** A message as a bus read it, not looked at yet, with its place. */
export interface Delivery extends Origin {
  readonly value: unknown;
  /** The event, where the bus made it itself from a row of the log; `value` is not looked at then. */
  readonly event?: Envelope;
}

/** What every bus does with what it read for a consumer. */
export interface Intake {
  /** The topics to read: the consumer's own, and the one its dead letters come back through. */
  readonly topics: readonly string[];
  /**
   * Takes in deliveries of one partition, in order. Answers how many, from the first on, are done with: all of them,
   * unless `stop` came in between. The bus moves the partition's offset behind these and no further.
   */
  take(deliveries: readonly Delivery[]): Promise<number>;
  /** Finishes the calls in hand and gives up what waits to be repeated. */
  stop(): void;
}

/** What an intake needs beside its consumer. */
export interface IntakeOptions {
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  /** How often an event may fail by itself before it is put aside; 5 when absent. */
  readonly attempts?: number;
  /** Calls of `handle` under way at once, over all partitions; 4 when absent. Those that wait for a repetition do not count. */
  readonly atOnce?: number;
  /** The pauses between repetitions, doubling. Milliseconds; from 100 up to 30,000 when absent. */
  readonly pauses?: { readonly first: number; readonly most: number };
  /** Of events read, those that are to be taken in; the rest is passed over. All when absent. */
  readonly present?: (events: readonly Envelope[]) => Promise<readonly Envelope[]>;
  /** Told of each failed call. */
  readonly onError: (error: unknown) => void;
}

interface Item {
  /** Its place among the deliveries. */
  readonly index: number;
  readonly origin: Origin;
  readonly event: Envelope;
}

/**
 * The runtime of a consumer, the same on every bus.
 *
 * A batch is handed over whole. When that fails because a part is away (`Unavailable`), it is repeated with growing
 * pauses, without limit: the offset stays, events wait on the bus, nothing is put aside because the database was down.
 * Any other failure is narrowed down by halves, in order, until it stands with single events; each of these has so many
 * attempts, then becomes a dead letter, and the rest goes on. What is not an envelope at all becomes one at once.
 */
export function createIntake(consumer: Consumer, options: IntakeOptions): Intake {
  const { deadLetters, attempts: most = 5, pauses = { first: 100, most: 30_000 }, present = async (events) => events, onError } = options;
  const { group } = consumer;
  const turns = createTurns(consumer.atOnce ?? options.atOnce ?? 4);
  const stopping = new AbortController();
  // A series that is born with its first letter shows no rise, and nobody is called.
  deadLettered.inc({ group }, 0);
  const { signal } = stopping;

  const fail = async (error: unknown, kind: string, failures: number): Promise<void> => {
    refused.inc({ group, kind });
    onError(error);
    await pause(growingPause(failures, pauses), signal);
  };

  const putAside = async (failures: readonly Failure[]): Promise<boolean> => {
    for (let failed = 1; ; failed += 1) {
      try {
        await deadLetters.add(group, failures);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        await fail(error, 'transient', failed);
      }
    }
  };

  const takeIn = async (items: readonly Item[]): Promise<number> => {
    for (let attempts = 0, absences = 0; !signal.aborted; ) {
      try {
        const handled = await turns.take(async () => {
          if (signal.aborted) return false;
          const events = await present(items.map(({ event }) => event));
          if (events.length > 0) await consumer.handle(events);
          return true;
        });
        if (!handled) return 0;
        consumed.inc({ group }, items.length);
        return items.length;
      } catch (error) {
        if (error instanceof Unavailable) {
          absences += 1;
          await fail(error, 'transient', absences);
          continue;
        }
        if (items.length > 1) return takeInHalves(items);
        attempts += 1;
        const [item] = items;
        if (attempts < most || !item) {
          await fail(error, 'lasting', attempts);
          continue;
        }
        refused.inc({ group, kind: 'lasting' });
        onError(error);
        return (await putAside([{ ...item, attempts, error: describe(error) }])) ? 1 : 0;
      }
    }
    return 0;
  };

  const takeInHalves = async (items: readonly Item[]): Promise<number> => {
    const middle = items.length >> 1;
    const done = await takeIn(items.slice(0, middle));
    return done < middle ? done : middle + (await takeIn(items.slice(middle)));
  };

  return {
    topics: [...consumer.topics, replayTopic(group)],
    async take(deliveries) {
      const items: Item[] = [];
      const unreadable: Failure[] = [];
      for (const [index, delivery] of deliveries.entries()) {
        if (delivery.event) {
          items.push({ index, origin: asRead(delivery).origin, event: delivery.event });
          continue;
        }
        const { origin, event } = delivery.topic === replayTopic(group) ? unwrap(delivery) : asRead(delivery);
        const parsed = envelopeSchema.safeParse(event);
        if (parsed.success) items.push({ index, origin, event: parsed.data });
        else unreadable.push({ origin, event, attempts: 1, error: { name: 'UnreadableEnvelope', message: z.prettifyError(parsed.error) } });
      }
      if (unreadable.length > 0 && !(await putAside(unreadable))) return 0;
      const done = items.length > 0 ? await takeIn(items) : 0;
      return items[done]?.index ?? deliveries.length;
    },
    stop: () => stopping.abort(),
  };
}

const replaySchema = z.object({
  data: z.object({ origin: z.object({ topic: z.string(), partition: z.int(), offset: z.int() }), event: z.unknown() }),
});

function asRead({ topic, partition, offset, value }: Delivery): { origin: Origin; event: unknown } {
  return { origin: { topic, partition, offset }, event: typeof value === 'string' ? value.slice(0, mostText) : value };
}

/** What is no JSON at all is kept to be looked at, not to be taken in; the beginning will do. Characters. */
const mostText = 10_000;

/** A dead letter on its way back stands for the event inside, from where that was first read. */
function unwrap(delivery: Delivery): { origin: Origin; event: unknown } {
  return replaySchema.safeParse(delivery.value).data?.data ?? asRead(delivery);
}

function describe(error: unknown): { name: string; message: string } {
  return error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) };
}
