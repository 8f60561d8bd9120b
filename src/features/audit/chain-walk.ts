import { chainHash, chainStart, type AuditEntry } from '../../platform/postgres/audit-chain.ts';
import { isSigned, type TrustedKeys } from '../../platform/signing.ts';
import { anchorText, type Anchor, type ChainPlace } from './anchor.ts';
import { judgeBreak, LookAhead } from './judge-break.ts';
import type { Fault } from './tampering.ts';

/** A fact as it lies in the chain. */
export interface ChainRow extends AuditEntry {
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  /** Whether its instants are whole milliseconds, as the program writes them; the hash would not show the rest. */
  readonly exact: boolean;
}

/** Where a chain is said to end; the hash is null where only the place is known. */
export interface ChainEnd {
  readonly sequence: number;
  readonly hash: Buffer | null;
}

/** What a walk is about. */
export interface WalkOptions {
  readonly tenantId: string;
  readonly keys: TrustedKeys;
  /** Where the walk begins: behind this place, whose hash the next row must name. The beginning of the chain when absent. */
  readonly after?: ChainPlace;
}

/** Anchors so much as they were met. */
export interface AnchorTally {
  /** Signed by a trusted key and agreeing with the chain. */
  readonly held: number;
  readonly last: Anchor | null;
}

/**
 * Walks a chain, row by row in the order of sequence, each anchor after the row it signs; keeps nothing but where it
 * stands, so that a chain of any length is walked in constant memory. What is wrong first is judged by kind; then it
 * only looks whether a later row is the one that is missed.
 *
 * What the rows alone cannot show: a rewriting by whoever holds the database since the last anchor, and one that takes
 * the anchors away with it. Against the first anchors are made often; against the second they are on the bus.
 */
export class ChainWalk {
  readonly #options: WalkOptions;
  #place: ChainPlace;
  #last: ChainRow | null = null;
  #monthStart = 0;
  #checked = 0;
  #fault: Fault | null = null;
  #lookAhead: LookAhead | null = null;
  /** The chain, whole in itself, is not the signed one: known good up to `from`, known bad at `at`. */
  #disowned: { readonly from: number; readonly at: number } | null = null;
  #forged: number | null = null;
  /** The last signed place behind the last row. */
  #beyond = 0;
  #held = 0;
  #lastAnchor: Anchor | null = null;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#place = options.after ?? { sequence: 0, hash: chainStart };
  }

  /** How many rows were looked at. */
  get checked(): number {
    return this.#checked;
  }

  /** The last row that joined the ones before. */
  get place(): ChainPlace {
    return this.#place;
  }

  get anchors(): AnchorTally {
    return { held: this.#held, last: this.#lastAnchor };
  }

  /** Whether something was found already; what is still to be walked can only sharpen its name. */
  get broken(): boolean {
    return this.#fault !== null;
  }

  /** Whether rows to come could still change what is said of the fault. */
  get settled(): boolean {
    return this.#fault !== null && (this.#lookAhead?.done ?? true);
  }

  /** Takes the next row. */
  row(row: ChainRow): void {
    this.#checked += 1;
    if (this.#fault) {
      this.#fault = this.#lookAhead?.row(row) ?? this.#fault;
      return;
    }
    const { sequence, hash } = this.#place;
    const joins = row.sequence === sequence + 1 && row.previousHash.equals(hash) && row.exact && row.hash.equals(chainHash(hash, row));
    if (!joins) {
      const broken = { place: this.#place, last: this.#last, row, monthStart: this.#monthStart, signedUpTo: this.#lastAnchor?.sequence ?? 0 };
      this.#fault = judgeBreak(broken);
      this.#lookAhead = new LookAhead(this.#fault, broken);
      return;
    }
    if (this.#last === null || monthOf(this.#last) !== monthOf(row)) this.#monthStart = row.sequence;
    this.#place = { sequence: row.sequence, hash: row.hash };
    this.#last = row;
  }

  /** Takes an anchor: directly after the row it signs, or after the last row when that row is not there. */
  anchor(anchor: Anchor): void {
    if (!isSigned(this.#options.keys, anchorText(this.#options.tenantId, anchor), anchor)) {
      this.#forged ??= anchor.sequence;
      return;
    }
    this.#beyond = Math.max(this.#beyond, anchor.sequence);
    if (this.#fault || anchor.sequence !== this.#place.sequence || this.#disowned) return;
    if (anchor.hash.equals(this.#place.hash)) {
      this.#held += 1;
      this.#lastAnchor = anchor;
    } else this.#disowned = { from: this.#lastAnchor?.sequence ?? this.#options.after?.sequence ?? 0, at: anchor.sequence };
  }

  /** What is wrong, after the last row; null: nothing. Without an end the walk stopped before the chain did. */
  end(end: ChainEnd | null): Fault | null {
    const found = this.#beyondHead(end) ?? this.#fault ?? (this.#disowned || !end ? null : this.#judgeEnd(end));
    if (this.#disowned) return this.#judgeDisowned(found, this.#disowned);
    if (found || this.#forged === null) return found;
    return { tampering: 'ANCHOR_FORGED', sequence: this.#forged, detail: `The anchor over fact ${this.#forged} is not signed by a trusted key.` };
  }

  /** The chain was rewritten at least up to `at`. A break that the rows show in that part says more. */
  #judgeDisowned(found: Fault | null, { from, at }: { readonly from: number; readonly at: number }): Fault {
    return found && found.sequence <= at ? found : this.#rewritten(from, at);
  }

  #rewritten(from: number, at: number): Fault {
    return { tampering: 'REWRITTEN', sequence: from + 1, detail: `The chain holds in itself, but fact ${at} has another hash than was signed: facts from ${from + 1} on are not those that were recorded.` };
  }

  #beyondHead(end: ChainEnd | null): Fault | null {
    const last = Math.max(this.#place.sequence, this.#fault?.sequence ?? 0);
    if (!end || this.#checked === 0 || this.#beyond > end.sequence || last <= end.sequence || (this.#fault && this.#fault.sequence <= end.sequence)) return null;
    return { tampering: 'INSERTED', sequence: end.sequence + 1, detail: `There are facts behind the chain's head, which is ${end.sequence}.` };
  }

  #judgeEnd(end: ChainEnd): Fault | null {
    const { sequence, hash } = this.#place;
    const known = Math.max(end.sequence, this.#beyond);
    if (end.sequence < sequence) return { tampering: 'TAIL_CUT', sequence: end.sequence + 1, detail: `The chain's head is ${end.sequence}; it was signed up to ${sequence}.` };
    if (known > sequence) return { tampering: 'TAIL_CUT', sequence: sequence + 1, detail: `The chain ends at fact ${sequence}; ${known === end.sequence ? 'its head says' : 'it was signed up to'} ${known}.` };
    return end.sequence === sequence && end.hash && !end.hash.equals(hash) ? this.#rewritten(this.#lastAnchor?.sequence ?? this.#options.after?.sequence ?? 0, sequence) : null;
  }
}

/** The month whose partition a row lies in. */
export function monthOf({ recordedAt }: Pick<ChainRow, 'recordedAt'>): string {
  return recordedAt.slice(0, 7);
}
