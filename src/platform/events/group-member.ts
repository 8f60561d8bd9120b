import type { Session } from '../postgres/session.ts';
import type { Consumer } from './bus.ts';
import { moveOffset, type GroupDelivery, type TopicPlace } from './bus-topic.ts';
import type { Intake } from './consume.ts';
import { slotCount, slotOfTenant } from './group-share.ts';
import type { LogPosition, News } from './log-position.ts';
import { LogTail } from './log-tail.ts';

/** What a member of a group is made of. */
export interface GroupMemberOptions {
  readonly consumer: Consumer;
  readonly intake: Intake;
  /** Kinds of facts that are published to topics: they are read there, not from the log. */
  readonly published: readonly string[];
  /** Called when a batch has ended. */
  readonly onProgress: (what: 'facts' | 'messages') => void;
  readonly onError: (error: unknown) => void;
}

/** A group's part in this process: the slots that it holds, and the batches in hand. */
export class GroupMember {
  readonly group: string;
  readonly topics: readonly string[];
  readonly kinds: readonly string[];
  readonly batchSize: number;
  /** Slots whose locks the session holds. */
  slots = new Set<number>();
  /** Of these, slots that are given back once no batch of them is in hand. */
  leaving = new Set<number>();
  /** Whether everything was read that was published before facts were read from the log. */
  readsLog = false;
  /** Told when the member has stopped. */
  stopped: (() => void) | null = null;
  readonly #options: GroupMemberOptions;
  #tails = new Map<string, LogTail>();
  /** Batches in hand of tails that were dropped: nothing else of these tenants is begun until they have ended. */
  readonly #dropped = new Set<LogTail>();
  /** Batches in hand of partitions, those of a lost session among them: no partition is worked on twice here. */
  readonly #messages = new Map<string, TopicPlace>();

  constructor(options: GroupMemberOptions) {
    const { group, topics, batchSize } = options.consumer;
    this.#options = options;
    this.group = group;
    this.topics = options.intake.topics;
    this.kinds = topics.filter((kind) => !options.published.includes(kind));
    this.batchSize = batchSize;
  }

  /** Slots of which batches may be begun. */
  get open(): number[] {
    return this.stopped ? [] : [...this.slots].filter((slot) => !this.leaving.has(slot));
  }

  get busy(): boolean {
    return this.#messages.size > 0 || [...this.#tails.values(), ...this.#dropped].some(({ busy }) => busy);
  }

  /** Places of topics on which batches are in hand. */
  get busyPlaces(): TopicPlace[] {
    return [...this.#messages.values()];
  }

  get tails(): Iterable<LogTail> {
    return this.#tails.values();
  }

  /** The tail that follows a tenant from where the group is; null while a former one has a batch in hand. */
  follow(news: News): LogTail | null {
    const known = this.#tails.get(news.tenantId);
    const tail = known ?? this.#newTail(news);
    if (!tail) return null;
    tail.head = news.head;
    tail.headAt = news.headAt;
    return tail;
  }

  #newTail(position: LogPosition): LogTail | null {
    for (const dropped of this.#dropped) {
      if (!dropped.busy) this.#dropped.delete(dropped);
      else if (dropped.tenantId === position.tenantId) return null;
    }
    const { intake, onProgress, onError } = this.#options;
    const tail = new LogTail({ position, batchSize: this.batchSize, kinds: new Set(this.kinds), intake, onProgress: () => onProgress('facts'), onError });
    this.#tails.set(position.tenantId, tail);
    return tail;
  }

  /** Forgets tails with nothing left to do. */
  forgetSettled(): void {
    for (const [tenantId, tail] of this.#tails) if (tail.settled) this.#tails.delete(tenantId);
  }

  /** The slots that are leaving and have no batch in hand. */
  free(): number[] {
    const busy = new Set([...this.#tails.values(), ...this.#dropped].filter((tail) => tail.busy).map(({ tenantId }) => slotOfTenant(tenantId)));
    const inHand = this.busyPlaces;
    return [...this.leaving].filter((slot) => !busy.has(slot) && !inHand.some(({ partition }) => partition % slotCount === slot));
  }

  /** Begins nothing more in some slots. */
  drop(slots: ReadonlySet<number>): void {
    for (const tail of this.#tails.values()) if (slots.has(slotOfTenant(tail.tenantId))) tail.drop();
  }

  /** The session is lost, and with it all slots; what is in hand goes on, and is delivered again. */
  lose(): void {
    for (const tail of this.#tails.values()) {
      tail.drop();
      this.#dropped.add(tail);
    }
    this.#tails = new Map();
    this.slots = new Set();
    this.leaving = new Set();
    this.readsLog = false;
  }

  /** Takes in messages of one partition; then moves the offset over the session that holds the slot. */
  takeIn(session: Session, batch: readonly GroupDelivery[]): void {
    const [first] = batch;
    if (!first) return;
    const { intake, onProgress, onError } = this.#options;
    const { group, topic, partition } = first;
    const name = `${topic}/${partition}`;
    const work = async (): Promise<void> => {
      const last = batch[(await intake.take(batch)) - 1];
      if (last) await session.rows(moveOffset, [group, topic, partition, last.offset + 1]);
    };
    this.#messages.set(name, { group, topic, partition });
    void work()
      .catch(onError)
      .finally(() => {
        this.#messages.delete(name);
        onProgress('messages');
      });
  }
}
