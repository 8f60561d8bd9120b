import { chainHash, chainStart, type AuditEntry } from '../../platform/postgres/audit-chain.ts';
import { isSigned, type TrustedKeys } from '../../platform/signing.ts';
import { genuine, type AcceptedRestore } from './accepted-restore.ts';
import { anchorText, type Anchor, type ChainPlace } from './anchor.ts';
import { AnchorBook, type AnchorSource } from './anchor-book.ts';
import { restoreAccepted } from './audit.events.ts';
import { judgeBreak, LookAhead } from './judge-break.ts';
import { toldAnchor } from './told-anchor.ts';
import type { Fault } from './tampering.ts';

/** A fact as it lies in the chain. */
export interface ChainRow extends AuditEntry {
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  /** Whether its instants are whole milliseconds, as the program writes them; the hash would not show the rest. */
  readonly exact: boolean;
}

/** Where a chain is said to end; the sequence is null where nothing says it any more, the hash where only the place is known. */
export interface ChainEnd {
  readonly sequence: number | null;
  readonly hash: Buffer | null;
  /** Whether the chain goes on behind it, with facts that are not walked. */
  readonly partial?: boolean;
}

/** Processes' clocks differ by less than this. Milliseconds. */
const clockTolerance = 60_000;

/** What a walk is about. */
export interface WalkOptions {
  readonly tenantId: string;
  readonly keys: TrustedKeys;
  /** Where the walk begins: behind this place, whose hash the next row must name. The beginning of the chain when absent. */
  readonly after?: ChainPlace;
  /** When the chain was begun, as far as that is known: what is older than a first row of a later month is a month that is gone. RFC 3339. */
  readonly begunAt?: string | null;
  /** Restores that were accepted, by facts of this chain or by one that is about to be recorded; genuine ones. */
  readonly restores?: readonly AcceptedRestore[];
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
 * An anchor is met up to three times: beside the chain, as a fact in the chain, and as a copy that was kept elsewhere.
 * Each is held against the chain, and they are held against each other: a place that one of them has and the rest do not
 * was taken away. What stays unseen: a rewriting since the last anchor by whoever holds the database, and one that takes
 * the anchors with it, both kinds, from whoever kept no copy. Against the first anchors are made often; against the second
 * they are on the bus, and what the program verifies it holds against those.
 */
export class ChainWalk {
  readonly #options: WalkOptions;
  #place: ChainPlace;
  #last: ChainRow | null = null;
  #monthStart = 0;
  #checked = 0;
  #fault: Fault | null = null;
  #lookAhead: LookAhead | null = null;
  /** The chain, whole in itself, is not the signed one: known good up to `from`, known bad at `at`, and not since `since`. */
  #disowned: { readonly from: number; readonly at: number; readonly since: number } | null = null;
  /** The first of the signed places that have no row, and when it was signed. */
  #lost: { readonly sequence: number; readonly since: number } | null = null;
  #forged: number | null = null;
  /** The first acceptance of a restore that no trusted key signed. */
  #unsigned: number | null = null;
  /** The first anchor by a key that is not known, and which key that is. */
  #unknown: { readonly sequence: number; readonly keyId: string } | null = null;
  /** The last signed place, whether there is such a row or not. */
  #beyond = 0;
  readonly #book: AnchorBook;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#place = options.after ?? { sequence: 0, hash: chainStart };
    this.#book = new AnchorBook(this.#place);
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
    return { held: this.#book.held, last: this.#book.last };
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
      const broken = { place: this.#place, last: this.#last, row, monthStart: this.#monthStart, signedUpTo: this.#book.last?.sequence ?? 0, disowned: this.#disowned !== null, begunAt: this.#options.begunAt ?? null };
      this.#fault = judgeBreak(broken);
      this.#lookAhead = new LookAhead(this.#fault, broken);
      return;
    }
    if (this.#last === null || monthOf(this.#last) !== monthOf(row)) this.#monthStart = row.sequence;
    this.#place = { sequence: row.sequence, hash: row.hash };
    this.#last = row;
    this.#book.pass(this.#place);
    // The end of the chain in a backup was signed when the backup was made.
    for (const { sequence: end, hash: signed, backupMadeAt } of this.#options.restores ?? []) {
      if (end === row.sequence && !row.hash.equals(Buffer.from(signed, 'hex'))) this.#disown({ anchoredAt: backupMadeAt }, row.sequence);
    }
    if (row.kind === restoreAccepted.kind && genuine([row.data], this.#options.tenantId, this.#options.keys).length === 0) this.#unsigned ??= row.sequence;
    const told = toldAnchor(row);
    if (told === 'UNREADABLE') this.#forged ??= row.sequence;
    else if (told) this.#told(told, row.sequence);
  }

  /** Takes an anchor: directly after the row it signs, or after the last row when that row is not there. */
  anchor(anchor: Anchor, source: AnchorSource = 'stored'): void {
    if (!this.#trusted(anchor)) return;
    this.#beyond = Math.max(this.#beyond, anchor.sequence);
    if (this.#fault) return;
    if (anchor.sequence === this.#place.sequence) this.#hold(anchor, anchor.hash.equals(this.#place.hash));
    else if (anchor.sequence > this.#place.sequence) this.#lost ??= { sequence: anchor.sequence, since: Date.parse(anchor.anchoredAt) };
    this.#book.note(anchor, source);
  }

  /** Takes an anchor that the chain itself tells of, in a later fact. */
  #told(anchor: Anchor, toldAt: number): void {
    if (!this.#trusted(anchor)) return;
    if (anchor.sequence >= toldAt) return this.#disown(anchor, toldAt);
    const passed = this.#book.hashAt(anchor.sequence);
    if (passed) this.#hold(anchor, anchor.hash.equals(passed));
    this.#book.note(anchor, 'told');
  }

  #trusted(anchor: Anchor): boolean {
    const trusted = isSigned(this.#options.keys, anchorText(this.#options.tenantId, anchor), anchor);
    if (!trusted && this.#options.keys.has(anchor.keyId)) this.#forged ??= anchor.sequence;
    else if (!trusted) this.#unknown ??= { sequence: anchor.sequence, keyId: anchor.keyId };
    return trusted;
  }

  #hold(anchor: Anchor, agrees: boolean): void {
    if (!agrees) this.#disown(anchor, anchor.sequence);
    else if (!this.#disowned) this.#book.hold(anchor);
  }

  /**
   * An anchor contradicts the chain. Only what was signed before it is believed: an anchor that agrees and was signed
   * later may be over what was forged by then, with the true key.
   */
  #disown({ anchoredAt }: Pick<Anchor, 'anchoredAt'>, place: number): void {
    const at = this.#disowned?.at ?? place;
    const since = Math.min(this.#disowned?.since ?? Infinity, Date.parse(anchoredAt));
    this.#disowned = { from: this.#agreedBefore(at, since), at, since };
  }

  #agreedBefore(sequence: number, instant: number): number {
    return this.#book.agreedBefore(sequence, instant) ?? this.#options.after?.sequence ?? 0;
  }

  /** The last place before one that is known to be as it was signed. */
  #signedBefore(sequence: number): number {
    return Math.min(this.#book.last?.sequence ?? this.#options.after?.sequence ?? 0, sequence - 1);
  }

  /** What is wrong, after the last row; null: nothing. Without an end the walk stopped before the chain did. */
  end(end: ChainEnd | null): Fault | null {
    const found = this.#beyondHead(end) ?? this.#fault ?? (this.#disowned || !end ? null : (this.#judgeEnd(end) ?? (end.partial ? null : this.#judgeUntold())));
    if (this.#disowned) return this.#judgeDisowned(found, this.#disowned);
    if (found) return found;
    if (this.#forged !== null) return { tampering: 'ANCHOR_FORGED', sequence: this.#forged, detail: `The anchor over fact ${this.#forged} is not signed by the key it names.` };
    if (this.#unsigned !== null) return { tampering: 'ANCHOR_FORGED', sequence: this.#unsigned, detail: `Fact ${this.#unsigned} accepts a restore and is not signed by a trusted key.` };
    if (this.#unknown) return { tampering: 'SIGNING_KEY_UNKNOWN', sequence: this.#unknown.sequence, detail: `The anchor over fact ${this.#unknown.sequence} names the signing key ${this.#unknown.keyId}, which is not trusted here. If it is an earlier key of this installation, add its public key to TRUSTED_KEYS, or give it by --key; if not, the anchor is forged.` };
    const missing = this.#book.missing;
    return missing === null ? null : { tampering: 'ANCHOR_MISSING', sequence: missing, detail: `Fact ${missing} was signed, and the anchor over it is no longer beside the chain.` };
  }

  /** Each anchor is a fact, too, of the same transaction: where the chain does not tell of one, that fact is another now, or cut off. */
  #judgeUntold(): Fault | null {
    const { untold } = this.#book;
    if (untold === null) return null;
    if (untold === this.#place.sequence) return { tampering: 'TAIL_CUT', sequence: untold + 1, detail: `The chain ends at fact ${untold}; the fact that tells of its anchor stood behind.` };
    return { tampering: 'REWRITTEN', sequence: untold + 1, detail: `The chain holds in itself, but nothing behind fact ${untold} tells of the anchor over it: facts from ${untold + 1} on are not those that were recorded.` };
  }

  /** The chain was rewritten at least up to `at`. A break that the rows show in that part says more. */
  #judgeDisowned(found: Fault | null, { from, at }: { readonly from: number; readonly at: number }): Fault {
    return found && found.sequence <= at ? found : this.#rewritten(from, at);
  }

  #rewritten(from: number, at: number): Fault {
    return { tampering: 'REWRITTEN', sequence: from + 1, detail: `The chain holds in itself, but fact ${at} has another hash than was signed: facts from ${from + 1} on are not those that were recorded.` };
  }

  /** Cut before a signed place, and grown again: what was recorded or signed after that place was signed is not what stood there. */
  #judgeRegrown(): Fault | null {
    if (!this.#lost) return null;
    const { sequence, since } = this.#lost;
    const recordedLater = this.#last !== null && Date.parse(this.#last.recordedAt) > since + clockTolerance;
    if (!recordedLater && !this.#book.signedAfter(since)) return null;
    const from = this.#agreedBefore(sequence, since);
    return { tampering: 'REWRITTEN', sequence: from + 1, detail: `The chain was signed up to fact ${sequence}, and before it stands what came later: facts from ${from + 1} on are not those that were recorded.` };
  }

  #beyondHead(end: ChainEnd | null): Fault | null {
    const last = Math.max(this.#place.sequence, this.#fault?.sequence ?? 0);
    if (!end || end.sequence === null || this.#checked === 0 || this.#beyond > end.sequence || last <= end.sequence || (this.#fault && this.#fault.sequence <= end.sequence)) return null;
    return { tampering: 'INSERTED', sequence: end.sequence + 1, detail: `There are facts behind the chain's head, which is ${end.sequence}.` };
  }

  #judgeEnd(end: ChainEnd): Fault | null {
    const { sequence, hash } = this.#place;
    const [head, said] = end.sequence === null ? [sequence, 'its head is gone'] : [end.sequence, `its head is ${end.sequence}`];
    const known = Math.max(head, this.#beyond);
    if (head < sequence) return { tampering: 'TAIL_CUT', sequence: head + 1, detail: `The chain's head is ${head}; it was signed up to ${this.#beyond}.` };
    const regrown = this.#judgeRegrown();
    if (regrown) return regrown;
    if (known > sequence) return { tampering: 'TAIL_CUT', sequence: sequence + 1, detail: `The chain ends at fact ${sequence}; ${said}, and it was signed up to ${this.#beyond}.` };
    if (end.sequence === null) {
      const untold = this.#judgeUntold();
      if (sequence === 0) return { tampering: 'HEAD_MISSING', sequence: 1, detail: 'The chain has neither facts nor a head; making the tenant was its first fact.' };
      return untold?.tampering === 'TAIL_CUT' ? untold : { tampering: 'HEAD_MISSING', sequence: sequence + 1, detail: `The chain's head is gone; whether facts were cut off behind ${sequence} cannot be told.` };
    }
    if (sequence === 0) return { tampering: 'TAIL_CUT', sequence: 1, detail: 'The chain has no facts; making the tenant was its first.' };
    return end.sequence === sequence && end.hash && !end.hash.equals(hash) ? this.#rewritten(this.#signedBefore(sequence), sequence) : null;
  }
}

/** The month whose partition a row lies in. */
export function monthOf({ recordedAt }: Pick<ChainRow, 'recordedAt'>): string {
  return recordedAt.slice(0, 7);
}
