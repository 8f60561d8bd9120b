import type { Session } from '../postgres/session.ts';
import { fetchMessages } from './bus-topic.ts';
import type { GroupMember } from './group-member.ts';
import { logFacts, logNews, moveCursors } from './log-position.ts';

/** Facts of a tenant that one statement passes. */
const span = 1_000;
/** Ranges that one statement reads. */
const mostRanges = 16;

/** Stores positions in the log: where facts were taken in at once, where they were only passed when `all` is asked for. */
export async function storePositions(session: Session, members: Iterable<GroupMember>, all: boolean): Promise<void> {
  const own = [...members];
  const moves = own.flatMap(({ group, tails, stopped }) =>
    [...tails].flatMap((tail) => {
      const position = tail.position;
      return position.next > tail.stored && (all || tail.touched || tail.ended || stopped) ? [{ group, tail, position }] : [];
    }),
  );
  if (moves.length > 0) {
    await session.rows(moveCursors, [moves.map(({ group }) => group), moves.map(({ position }) => position.tenantId), moves.map(({ position }) => position.next), moves.map(({ position }) => position.notBefore)]);
  }
  for (const { tail, position } of moves) {
    tail.stored = position.next;
    tail.touched = tail.busy;
  }
  for (const member of own) member.forgetSettled();
}

/** Hands over new messages of topics. */
export async function readMessages(session: Session, members: readonly GroupMember[]): Promise<void> {
  const all = members.filter(({ open }) => open.length > 0);
  if (all.length === 0) return;
  const byGroup = new Map(all.map((member) => [member.group, member]));
  const topics = all.flatMap(({ group, topics: own }) => own.map((topic) => ({ group, topic })));
  const slots = slotsOf(all);
  const busy = all.flatMap(({ busyPlaces }) => busyPlaces);
  const found = await session.rows(fetchMessages, [
    topics.map(({ group }) => group), topics.map(({ topic }) => topic), slots.map(({ group }) => group), slots.map(({ slot }) => slot),
    all.map(({ group }) => group), all.map(({ batchSize }) => batchSize), busy.map(({ group }) => group), busy.map(({ topic }) => topic), busy.map(({ partition }) => partition),
  ]);
  for (const batch of Map.groupBy(found, ({ group, topic, partition }) => `${group} ${topic} ${partition}`).values()) {
    byGroup.get(batch[0]?.group ?? '')?.takeIn(session, batch);
  }
}

/** Looks which of some tenants, of all when null, have facts that groups have not read. */
export async function readNews(session: Session, members: readonly GroupMember[], tenants: ReadonlySet<string> | null): Promise<void> {
  const byGroup = new Map(members.map((member) => [member.group, member]));
  const slots = slotsOf(members);
  if (slots.length === 0) return;
  for (const news of await session.rows(logNews, [slots.map(({ group }) => group), slots.map(({ slot }) => slot), tenants && [...tenants]])) {
    byGroup.get(news.group)?.follow(news);
  }
}

/** Reads facts once for all groups that are at the same place, and hands them over. Returns whether there were any places to read. */
export async function readFacts(session: Session, members: readonly GroupMember[]): Promise<boolean> {
  const hungry = members.flatMap((member) => [...member.tails].filter((tail) => tail.hungry).map((tail) => ({ member, tail })));
  const ranges = [...Map.groupBy(hungry, ({ tail }) => `${tail.tenantId} ${tail.read.next}`).values()].slice(0, mostRanges);
  const parts = ranges.flatMap((readers) => {
    const [first] = readers;
    return first ? [{ readers, from: first.tail.read, upTo: Math.min(first.tail.head, first.tail.read.next + span - 1) }] : [];
  });
  if (parts.length === 0) return false;
  const kinds = [...new Set(parts.flatMap(({ readers }) => readers.flatMap(({ member }) => member.kinds)))];
  const facts = await session.rows(logFacts, [parts.map(({ from }) => from.tenantId), parts.map(({ from }) => from.next), parts.map(({ upTo }) => upTo), parts.map(({ from }) => from.notBefore), kinds]);
  const byTurn = Map.groupBy(facts, ({ turn }) => turn);
  for (const [index, { readers, upTo }] of parts.entries()) {
    for (const { tail } of readers) tail.add(byTurn.get(index + 1) ?? [], upTo);
  }
  return true;
}

function slotsOf(members: readonly GroupMember[]): { readonly group: string; readonly slot: number }[] {
  return members.flatMap(({ group, open }) => open.map((slot) => ({ group, slot })));
}
