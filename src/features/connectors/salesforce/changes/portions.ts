import { joinReadings } from '../../reading.ts';
import type { ChangePortion } from '../../outbound/change-feed.ts';
import type { ChangeEvent } from './change-event.ts';
import { readChange } from './read-change.ts';

/** An event as it was received. */
export interface ReceivedEvent {
  readonly replayId: Buffer;
  /** Null: it could not be decoded, so nobody knows what changed. */
  readonly change: ChangeEvent | null;
}

/**
 * Events as portions that are each stored in one transaction, in their order. Two changes of one record are never in one
 * portion, so that the second is stored after the first. Records that a transaction changed twice have no order by time: they are read again.
 */
export function portionsOfEvents(events: readonly ReceivedEvent[], currency: string | null): ChangePortion[] {
  const twice = changedTwice(events);
  const portions: ReceivedEvent[][] = [];
  let about = new Set<string>();
  for (const event of events) {
    const ids = recordsOf(event);
    if (portions.length === 0 || ids.some((id) => about.has(id))) {
      portions.push([]);
      about = new Set();
    }
    portions.at(-1)?.push(event);
    for (const id of ids) about.add(id);
  }
  return portions.map((portion) => toPortion(portion, { currency, twice }));
}

const recordsOf = ({ change }: ReceivedEvent): readonly string[] => (change?.recordIds ?? []).map((id) => id.slice(0, 15));
const keyOf = (change: ChangeEvent, id: string): string => `${change.transactionKey} ${id.slice(0, 15)}`;

function changedTwice(events: readonly ReceivedEvent[]): ReadonlySet<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()];
  for (const { change } of events) {
    if (!change || change.transactionKey === '') continue;
    for (const id of change.recordIds) (once.has(keyOf(change, id)) ? twice : once).add(keyOf(change, id));
  }
  return twice;
}

function toPortion(events: readonly ReceivedEvent[], { currency, twice }: { readonly currency: string | null; readonly twice: ReadonlySet<string> }): ChangePortion {
  const read = events.map(({ change }, index) => change && readChange(change, { path: [String(index)], currency, again: change.recordIds.some((id) => twice.has(keyOf(change, id))) }));
  const times = events.flatMap(({ change }) => (change ? [change.committedAt] : []));
  return {
    reading: joinReadings(read.flatMap((each) => (each ? [each.reading] : []))),
    place: events.at(-1)?.replayId ?? null,
    changes: events.length,
    occurredAt: times.toSorted().at(-1) ?? null,
    isGap: read.some((each) => each === null || each.isGap),
  };
}
