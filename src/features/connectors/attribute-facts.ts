import type { Fact } from '../../platform/events/event.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** The request that a node was delivered with; undefined where no delivery of the transaction names it. */
export type RequestOf = (nodeId: string) => string | undefined;

/** A Work whose facts wait until it is known which request each of them belongs to. */
export interface AttributedWork {
  readonly work: Work;
  /** States the facts in the order in which they came, each with the request whose delivery named one of its rows, or its account. */
  state(requestOf: RequestOf): void;
}

/** Lets several requests share a transaction, and each fact still name its own. */
export function attributeFacts(work: Work): AttributedWork {
  const facts: Fact[] = [];
  const held: Work = Object.create(work, { record: { value: (fact: Fact) => void facts.push(fact) } });
  return {
    work: held,
    state(requestOf) {
      const ofAccounts = new Map<string, string>();
      for (const { accountId, data, requestId } of facts) {
        const request = requestId ?? named(data, requestOf);
        if (accountId !== null && request !== undefined) ofAccounts.set(accountId, request);
      }
      for (const fact of facts) {
        const requestId = fact.requestId ?? named(fact.data, requestOf) ?? ofAccounts.get(fact.accountId ?? '');
        work.record(requestId === undefined ? fact : { ...fact, requestId });
      }
    },
  };
}

function named(data: Readonly<Record<string, unknown>>, requestOf: RequestOf): string | undefined {
  for (const value of Object.values(data).flat()) {
    const request = typeof value === 'string' ? requestOf(value) : undefined;
    if (request !== undefined) return request;
  }
  return undefined;
}
