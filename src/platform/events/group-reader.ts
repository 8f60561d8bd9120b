import { growingPause, pause } from '../pause.ts';
import type { Database } from '../postgres/database.ts';
import { factsOf } from '../postgres/doorbell.ts';
import { openSession, type Session } from '../postgres/session.ts';
import { Waker } from '../waker.ts';
import type { Consumer, RunningConsumer } from './bus.ts';
import { fetchMessages, makeCursors } from './bus-topic.ts';
import type { Intake } from './consume.ts';
import { consumersActive } from './event-metrics.ts';
import { GroupMember } from './group-member.ts';
import { giveSlots, joinGroup, leaveGroup, readShifts, slotCount, takeSlots } from './group-share.ts';
import { logFacts, logNews, moveCursors, registerGroup, unreadBefore } from './log-position.ts';
import type { LogTail } from './log-tail.ts';

/** What a reader is made of. */
export interface GroupReaderOptions {
  readonly database: Pick<Database, 'pool' | 'doorbell'>;
  readonly lookEvery: number;
  readonly onError: (error: unknown) => void;
}

/** The beginning of the channels that ring for a topic's new messages. */
export const messagesOf = 'bus:';
/** The beginning of the channels that ring when members join a group or leave it. */
const groupOf = 'bus-group:';
/** The name of the reader's connection. */
export const readerName = 'context-graph consumers';

/** Facts of a tenant that one statement passes. */
const span = 1_000;
/** Ranges that one statement reads. */
const mostRanges = 16;
/** While rings arrive and nobody shares the work, it is looked this many times more rarely. */
const rarely = 5;
const betweenFailures = { first: 100, most: 10_000 };

/**
 * Reads for all groups of this process, over one connection: facts from the log, by position; messages of no tenant from
 * the topics of the bus. One statement asks for news of all groups, and one reads the facts that groups have in common.
 */
export class GroupReader {
  readonly #options: GroupReaderOptions;
  readonly #members = new Map<string, GroupMember>();
  readonly #joining = new Set<string>();
  readonly #waker = new Waker();
  #session: Session | null = null;
  #opening: Promise<Session> | null = null;
  #pausing = new AbortController();
  #running: Promise<void> | null = null;
  /** Tenants with news; null: any may have. */
  #tenants: Set<string> | null = null;
  #messages = true;
  #unsettled = true;
  #ticked = true;
  #ticks = 0;

  constructor(options: GroupReaderOptions) {
    this.#options = options;
  }

  /** Whether a group is read here already; a second member of it needs a reader of its own. */
  has(group: string): boolean {
    return this.#members.has(group) || this.#joining.has(group);
  }

  /** Joins a group. Rejects when the database cannot be reached at the start. */
  async consume(consumer: Consumer, intake: Intake): Promise<RunningConsumer> {
    const { database, onError } = this.#options;
    const onProgress = (what: 'facts' | 'messages'): void => {
      if (what === 'messages') this.#messages = true;
      this.#waker.wake();
    };
    const member = new GroupMember({ consumer, intake, onError, onProgress });
    const { group } = member;
    this.#joining.add(group);
    try {
      await this.#join(member);
    } finally {
      this.#joining.delete(group);
    }
    consumersActive.inc({ group });
    this.#lookEverywhere();
    this.#start();
    let stopped: Promise<void> | null = null;
    const stop = async (): Promise<void> => {
      const left = new Promise<void>((resolve) => (member.stopped = resolve));
      intake.stop();
      this.#pausing.abort();
      this.#waker.wake();
      await left;
      database.doorbell.ring(`${groupOf}${group}`);
      consumersActive.dec({ group });
      if (this.#members.size === 0) await this.#running;
    };
    return { stop: () => (stopped ??= stop()) };
  }

  /** Enters over the present connection; over the next one when it was lost before. */
  async #join(member: GroupMember): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const session = await this.#open();
      try {
        await this.#enter(session, member);
        this.#members.set(member.group, member);
        return;
      } catch (error) {
        if (attempt === 3 || !session.lost.aborted) throw error;
        if (this.#session === session) this.#session = null;
      }
    }
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // Somebody joined while the last connection was closed.
      if (this.#members.size > 0) this.#start();
    });
  }

  async #open(): Promise<Session> {
    if (this.#session) return this.#session;
    this.#opening ??= openSession(this.#options.database.pool, readerName).finally(() => (this.#opening = null));
    const session = await this.#opening;
    if (this.#session === session) return session;
    session.lost.addEventListener('abort', () => this.#waker.wake());
    return (this.#session = session);
  }

  async #enter(session: Session, member: GroupMember): Promise<void> {
    const { group, topics, kinds } = member;
    await session.rows(registerGroup, [group, kinds]);
    await session.rows(makeCursors, [topics.map(() => group), topics]);
    await joinGroup(session, group);
    this.#unsettled = true;
    this.#options.database.doorbell.ring(`${groupOf}${group}`);
  }

  #lookEverywhere(): void {
    this.#tenants = null;
    this.#messages = true;
    this.#unsettled = true;
    this.#waker.wake();
  }

  #listen(): () => void {
    const { database: { doorbell }, lookEvery } = this.#options;
    const silences = [
      doorbell.listenAll(factsOf, (tenantId) => {
        if (tenantId === null) this.#tenants = null;
        else this.#tenants?.add(tenantId);
        this.#waker.wake();
      }),
      doorbell.listenAll(messagesOf, () => {
        this.#messages = true;
        this.#waker.wake();
      }),
      doorbell.listenAll(groupOf, (group) => {
        if (group !== null && !this.#members.has(group)) return;
        this.#unsettled = true;
        this.#waker.wake();
      }),
    ];
    const timer = setInterval(() => this.#tick(), lookEvery);
    return () => {
      clearInterval(timer);
      for (const silence of silences) silence();
    };
  }

  /** A ring may be lost, and a member that dies rings for nobody. */
  #tick(): void {
    this.#ticks += 1;
    const rare = this.#ticks % rarely === 0;
    const all = [...this.#members.values()];
    if (rare || !this.#options.database.doorbell.connected) this.#lookEverywhere();
    if (all.some(({ slots }) => slots.size < slotCount)) this.#unsettled = true;
    if (all.some(({ readsLog }) => !readsLog)) this.#tenants = null;
    if (all.some((member) => member.leaving.size > 0 || [...member.tails].length > 0) || this.#unsettled) {
      this.#ticked = true;
      this.#waker.wake();
    }
  }

  async #run(): Promise<void> {
    const silence = this.#listen();
    try {
      for (let failures = 0; this.#members.size > 0; ) {
        if (!this.#session) this.#forgetStopped();
        try {
          if (this.#members.size === 0) break;
          const again = await this.#turn(this.#session ?? (await this.#enterAgain()));
          failures = 0;
          if (!again && this.#members.size > 0) await this.#waker.sleep();
        } catch (error) {
          failures += 1;
          await this.#lose(error);
          this.#pausing = new AbortController();
          if (this.#members.size > 0) await pause(growingPause(failures, betweenFailures), this.#pausing.signal);
        }
      }
    } finally {
      silence();
      await this.#end();
    }
  }

  async #enterAgain(): Promise<Session> {
    const session = await this.#open();
    for (const member of this.#members.values()) await this.#enter(session, member);
    this.#lookEverywhere();
    return session;
  }

  async #lose(error: unknown): Promise<void> {
    const { onError } = this.#options;
    const all = [...this.#members.values()];
    if (all.some(({ stopped }) => !stopped)) onError(error);
    await this.#end().catch(onError);
    for (const member of all) member.lose();
    this.#forgetStopped();
  }

  async #end(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.end();
  }

  /** Without a connection there is nothing to give back. */
  #forgetStopped(): void {
    for (const member of this.#members.values()) if (member.stopped && !member.busy) this.#forget(member);
  }

  #forget(member: GroupMember): void {
    this.#members.delete(member.group);
    member.stopped?.();
  }

  /** One round; returns whether another has to follow at once. */
  async #turn(session: Session): Promise<boolean> {
    if (session.lost.aborted || session !== this.#session) throw new Error('the connection of the consumers was lost');
    const ticked = this.#ticked;
    this.#ticked = false;
    await this.#store(session, ticked);
    await this.#leave(session);
    if (this.#unsettled) await this.#settle(session);
    if (this.#messages) await this.#readMessages(session);
    return this.#readLog(session);
  }

  /** Stores positions: where facts were taken in at once, where they were only passed from time to time. */
  async #store(session: Session, all: boolean): Promise<void> {
    const moves = [...this.#members.values()].flatMap((member) =>
      [...member.tails].flatMap((tail) => {
        const position = tail.position;
        return position.next > tail.stored && (all || tail.touched || tail.ended || member.stopped) ? [{ group: member.group, tail, position }] : [];
      }),
    );
    if (moves.length > 0) {
      await session.rows(moveCursors, [moves.map(({ group }) => group), moves.map(({ position }) => position.tenantId), moves.map(({ position }) => position.next), moves.map(({ position }) => position.notBefore)]);
    }
    for (const { tail, position } of moves) {
      tail.stored = position.next;
      tail.touched = tail.busy;
    }
    for (const member of this.#members.values()) member.forgetSettled();
  }

  async #leave(session: Session): Promise<void> {
    for (const member of this.#members.values()) {
      if (member.stopped) {
        if (member.busy) continue;
        await this.#store(session, true);
        await leaveGroup(session, member.group, [...member.slots]);
        this.#forget(member);
        continue;
      }
      const free = member.free();
      if (free.length === 0) continue;
      await this.#store(session, true);
      await giveSlots(session, member.group, free);
      for (const slot of free) {
        member.slots.delete(slot);
        member.leaving.delete(slot);
      }
      this.#options.database.doorbell.ring(`${groupOf}${member.group}`);
    }
  }

  async #settle(session: Session): Promise<void> {
    this.#unsettled = false;
    const all = [...this.#members.values()].filter(({ stopped }) => !stopped);
    if (all.length === 0) return;
    const pairs = all.flatMap(({ group, topics }) => topics.map((topic) => [group, topic]));
    await session.rows(makeCursors, [pairs.map(([group]) => group), pairs.map(([, topic]) => topic)]);
    for (const { group, mine, take, give } of await readShifts(session, all.map(({ group: name }) => name))) {
      const member = this.#members.get(group);
      if (!member) continue;
      const taken = await takeSlots(session, group, take);
      if ([...member.leaving].some((slot) => !give.includes(slot))) this.#lookEverywhereButSettle();
      member.slots = new Set([...mine, ...taken]);
      member.leaving = new Set(give);
      member.drop(member.leaving);
      if (taken.length > 0) this.#lookEverywhereButSettle();
      if (give.length > 0) this.#waker.wake();
    }
  }

  #lookEverywhereButSettle(): void {
    this.#tenants = null;
    this.#messages = true;
  }

  async #readMessages(session: Session): Promise<void> {
    this.#messages = false;
    const all = [...this.#members.values()].filter(({ open }) => open.length > 0);
    if (all.length === 0) return;
    const topics = all.flatMap(({ group, topics: own }) => own.map((topic) => ({ group, topic })));
    const slots = all.flatMap(({ group, open }) => open.map((slot) => ({ group, slot })));
    const busy = all.flatMap(({ busyPlaces }) => busyPlaces);
    const found = await session.rows(fetchMessages, [
      topics.map(({ group }) => group), topics.map(({ topic }) => topic), slots.map(({ group }) => group), slots.map(({ slot }) => slot),
      all.map(({ group }) => group), all.map(({ batchSize }) => batchSize), busy.map(({ group }) => group), busy.map(({ topic }) => topic), busy.map(({ partition }) => partition),
    ]);
    for (const batch of Map.groupBy(found, ({ group, topic, partition }) => `${group} ${topic} ${partition}`).values()) {
      this.#members.get(batch[0]?.group ?? '')?.takeIn(session, batch);
    }
  }

  async #readLog(session: Session): Promise<boolean> {
    const all = [...this.#members.values()];
    if (all.some(({ readsLog }) => !readsLog)) {
      const unread = new Set((await session.rows(unreadBefore, [all.map(({ group }) => group)])).map(({ group }) => group));
      for (const member of all) {
        if (!member.readsLog && !unread.has(member.group)) this.#tenants = null;
        member.readsLog = !unread.has(member.group);
      }
    }
    await this.#readNews(session, all.filter(({ readsLog, open }) => readsLog && open.length > 0));
    const hungry = all.filter(({ stopped }) => !stopped).flatMap((member) => [...member.tails].filter((tail) => tail.hungry).map((tail) => ({ member, tail })));
    const ranges = [...Map.groupBy(hungry, ({ tail }) => `${tail.tenantId} ${tail.read.next}`).values()].slice(0, mostRanges);
    if (ranges.length === 0) return false;
    await this.#readRanges(session, ranges);
    return true;
  }

  async #readNews(session: Session, members: readonly GroupMember[]): Promise<void> {
    const asked = this.#tenants;
    if (asked?.size === 0) return;
    this.#tenants = new Set();
    if (members.length === 0) return;
    const slots = members.flatMap(({ group, open }) => open.map((slot) => ({ group, slot })));
    for (const news of await session.rows(logNews, [slots.map(({ group }) => group), slots.map(({ slot }) => slot), asked && [...asked]])) {
      this.#members.get(news.group)?.follow(news);
    }
  }

  async #readRanges(session: Session, ranges: readonly (readonly { readonly member: GroupMember; readonly tail: LogTail }[])[]): Promise<void> {
    const parts = ranges.flatMap((readers) => {
      const [first] = readers;
      return first ? [{ readers, from: first.tail.read, upTo: Math.min(first.tail.head, first.tail.read.next + span - 1) }] : [];
    });
    const kinds = [...new Set(parts.flatMap(({ readers }) => readers.flatMap(({ member }) => member.kinds)))];
    const facts = await session.rows(logFacts, [parts.map(({ from }) => from.tenantId), parts.map(({ from }) => from.next), parts.map(({ upTo }) => upTo), parts.map(({ from }) => from.notBefore), kinds]);
    const byTurn = Map.groupBy(facts, ({ turn }) => turn);
    for (const [index, { readers, upTo }] of parts.entries()) {
      for (const { tail } of readers) tail.add(byTurn.get(index + 1) ?? [], upTo);
    }
  }
}
