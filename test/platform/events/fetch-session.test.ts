import { describe, expect, it } from 'vitest';
import { FetchSession, type FetchPartition } from '../../../src/platform/events/fetch-session.ts';

const at = (partition: number, fetchOffset: number): FetchPartition => ({ partition, fetchOffset: String(fetchOffset), maxBytes: 1_000 });
const topic = (name: string, ...partitions: FetchPartition[]) => ({ topic: name, partitions });

describe('a fetch session', () => {
  it('names every partition once, then only those that changed', () => {
    const session = new FetchSession();
    const first = [topic('a', at(0, 5), at(1, 7)), topic('b', at(0, 0))];
    expect(session.request(first)).toEqual({ sessionId: 0, sessionEpoch: 0, topics: first, forgottenTopics: [] });
    session.accept(42);
    expect(session.request([topic('a', at(0, 5), at(1, 9)), topic('b', at(0, 0))])).toEqual({ sessionId: 42, sessionEpoch: 1, topics: [topic('a', at(1, 9))], forgottenTopics: [] });
    session.accept(42);
    expect(session.request([topic('a', at(0, 5), at(1, 9)), topic('b', at(0, 0))])).toEqual({ sessionId: 42, sessionEpoch: 2, topics: [], forgottenTopics: [] });
  });

  it('forgets partitions that are paused or were taken away, and names them again when they return', () => {
    const session = new FetchSession();
    session.request([topic('a', at(0, 5), at(1, 7)), topic('b', at(3, 0))]);
    session.accept(42);
    expect(session.request([topic('a', at(1, 7))])).toMatchObject({ topics: [], forgottenTopics: [{ topic: 'a', partitions: [0] }, { topic: 'b', partitions: [3] }] });
    session.accept(42);
    expect(session.request([topic('a', at(0, 5), at(1, 7))])).toMatchObject({ topics: [topic('a', at(0, 5))], forgottenTopics: [] });
  });

  it('names all again after a failure, and where the broker has no room for a session', () => {
    const session = new FetchSession();
    const all = [topic('a', at(0, 5))];
    session.request(all);
    session.accept(42);
    session.request([]);
    session.reset();
    expect(session.request(all)).toEqual({ sessionId: 0, sessionEpoch: 0, topics: all, forgottenTopics: [] });
    session.accept(0);
    expect(session.request(all)).toEqual({ sessionId: 0, sessionEpoch: 0, topics: all, forgottenTopics: [] });
  });
});
