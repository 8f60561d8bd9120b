import type { Id } from '../../platform/ids.ts';
import type { TrustedKeys } from '../../platform/signing.ts';
import { readAcceptedRestores, withoutLost, type AcceptedRestore } from './accepted-restore.ts';
import type { Anchor, ChainPlace } from './anchor.ts';
import { ChainWalk } from './chain-walk.ts';
import { readChain, readState, type Briefly } from './read-chain.ts';
import type { Fault } from './tampering.ts';

/** What verifying a chain, or a part of one, came to. */
export interface Verification {
  /** Null: nothing is wrong in what was walked. */
  readonly fault: Fault | null;
  /** Whether the walk came to the chain's end. */
  readonly complete: boolean;
  /** Rows looked at. */
  readonly checked: number;
  /** The last row that joined the ones before. */
  readonly place: ChainPlace;
  /** What the head says; null: the chain was never begun, or its head is gone. */
  readonly head: ChainPlace | null;
  /** Anchors that agreed. */
  readonly anchors: number;
  readonly lastAnchor: Anchor | null;
  /** Accepted restores of the chain, in its order. */
  readonly restores: readonly AcceptedRestore[];
}

/** What to verify, and how far. */
export interface VerifyOptions {
  readonly tenantId: Id<'Tenant'>;
  readonly keys: TrustedKeys;
  /** Goes on behind a place that was verified before; from the beginning when absent. */
  readonly after?: ChainPlace;
  /** Anchors kept outside the database, in the order of sequence; all read before this begins. */
  readonly kept?: readonly Anchor[];
  /** Acceptances that are not in the chain yet. */
  readonly proposed?: readonly AcceptedRestore[];
  /** Asked after each page; the walk stops when it says so. */
  enough?(): boolean;
}

/** Walks a tenant's chain in the database, in pages of 1,000 rows, each on a snapshot of its own. Writers never wait for it. */
export async function verifyChain(briefly: Briefly, options: VerifyOptions): Promise<Verification> {
  const { tenantId, keys, after, proposed = [], enough = () => false } = options;
  const state = await briefly((sql) => readState(sql, tenantId));
  const restores = [...(await briefly((sql) => readAcceptedRestores(sql, tenantId, keys))), ...proposed];
  const kept = withoutLost(options.kept ?? [], restores);
  const walk = new ChainWalk({ tenantId, keys, restores, begunAt: state.begunAt, ...(after ? { after } : {}) });
  const part = { tenantId, after: after?.sequence ?? 0, upTo: state.upTo, anchorsUpTo: state.lastAnchor, kept };
  let complete = true;
  for await (const items of readChain(briefly, part)) {
    for (const item of items) {
      if ('row' in item) walk.row(item.row);
      else walk.anchor(item.anchor, item.source);
    }
    if (walk.settled) break;
    if (walk.place.sequence < state.upTo && enough()) {
      complete = false;
      break;
    }
  }
  const { held, last } = walk.anchors;
  return { fault: walk.end(complete ? (state.head ?? { sequence: null, hash: null }) : null), complete, checked: walk.checked, place: walk.place, head: state.head, anchors: held, lastAnchor: last, restores };
}
