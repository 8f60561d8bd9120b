import { growingPause, pause } from '../pause.ts';
import type { Database } from '../postgres/database.ts';
import { factsOf } from '../postgres/doorbell.ts';
import { openSession, type Session } from '../postgres/session.ts';
import { Waker } from '../waker.ts';
import type { Consumer, RunningConsumer } from './bus.ts';
import { makeCursors } from './bus-topic.ts';
import type { Intake } from './consume.ts';
import { consumersActive } from './event-metrics.ts';
import { GroupMember } from './group-member.ts';
import { giveSlots, joinGroup, leaveGroup, readShifts, slotCount, takeSlots } from './group-share.ts';
import { registerGroup, unreadBefore } from './log-position.ts';
import { readFacts, readMessages, readNews, storePositions } from './read-for-groups.ts';

/** What a reader is made of. */
export interface GroupReaderOptions {
  readonly database: Pick<Database, 'pool' | 'doorbell'>;
  readonly lookEvery: number;
  /** As in `GroupMemberOptions`. */
  readonly published: readonly string[];
  readonly onError: (error: unknown) => void;
}

/** The beginning of the channels that ring for a topic's new messages. */
export const messagesOf = 'bus:';
/** The beginning of the channels that ring when members join a group or leave it. */
const groupOf = 'bus-group:';
/** The name of the reader's connection. */
export const readerName = 'context-graph consumers';

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
    const { database, published, onError } = this.#options;
    const onProgress = (what: 'facts' | 'messages'): void => {
      if (what === 'messages') this.#messages = true;
      this.#waker.wake();
    };
    const member = new GroupMember({ consumer, intake, published, onError, onProgress });
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
    try {
      await this.#end();
    } catch (late) {
      onError(late);
    }
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
    if (session.lost.aborted || session !== this.#session) throw new Error('the connection of the consumers was lost', { cause: session.lost.reason });
    const ticked = this.#ticked;
    this.#ticked = false;
    await storePositions(session, this.#members.values(), ticked);
    await this.#leave(session);
    if (this.#unsettled) await this.#settle(session);
    if (this.#messages) {
      this.#messages = false;
      await readMessages(session, [...this.#members.values()]);
    }
    return this.#readLog(session);
  }

  async #leave(session: Session): Promise<void> {
    for (const member of this.#members.values()) {
      if (member.stopped) {
        if (member.busy) continue;
        await storePositions(session, this.#members.values(), true);
        await leaveGroup(session, member.group, [...member.slots]);
        this.#forget(member);
        continue;
      }
      const free = member.free();
      if (free.length === 0) continue;
      await storePositions(session, this.#members.values(), true);
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

  async #readLog(session: Session): Promise<boolean> {
    const all = [...this.#members.values()];
    if (all.some(({ readsLog }) => !readsLog)) {
      const unread = new Set((await session.rows(unreadBefore, [all.map(({ group }) => group)])).map(({ group }) => group));
      for (const member of all) {
        if (!member.readsLog && !unread.has(member.group)) this.#tenants = null;
        member.readsLog = !unread.has(member.group);
      }
    }
    const asked = this.#tenants;
    this.#tenants = new Set();
    if (asked?.size !== 0) await readNews(session, all.filter(({ readsLog }) => readsLog), asked);
    return readFacts(session, all.filter(({ stopped }) => !stopped));
  }
}
