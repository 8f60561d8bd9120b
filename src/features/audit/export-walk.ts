import { chainHash } from '../../platform/postgres/audit-chain.ts';
import type { TrustedKeys } from '../../platform/signing.ts';
import type { AcceptedRestore } from './accepted-restore.ts';
import type { Anchor } from './anchor.ts';
import { ChainWalk, type ChainRow } from './chain-walk.ts';
import type { HeaderLine, ManifestLine } from './export-lines.ts';
import type { Fault } from './tampering.ts';

/** What an export, or a part of one, is walked by. */
export interface ExportWalk {
  row(row: ChainRow, follows: number | undefined): void;
  anchor(anchor: Anchor): void;
  end(manifest: ManifestLine | null): Fault | null;
  readonly checked: number;
  readonly last: number;
  readonly anchors: number;
}

/** An export reads how the chain stands a moment before it says when it was: what was signed within that moment may not be in it. Milliseconds. */
const moment = 60_000;

/** Walks an export without gaps. */
export function wholeWalk(header: HeaderLine, { keys, kept, restores }: { readonly keys: TrustedKeys; readonly kept: readonly Anchor[]; readonly restores: readonly AcceptedRestore[] }): ExportWalk {
  let walk: ChainWalk | null = null;
  let waiting = 0;
  /** Anchors over the place behind which a part begins; its hash is known with the first event. */
  const early: Anchor[] = [];
  const begin = (row: ChainRow | null): ChainWalk => {
    // A part of a chain begins with what its first event says of the one before; nothing else in the file knows it.
    const after = header.after > 0 && row ? { after: { sequence: header.after, hash: row.previousHash } } : {};
    return (walk ??= new ChainWalk({ tenantId: header.tenantId, keys, restores, begunAt: header.begunAt, ...after }));
  };
  const older = ({ anchoredAt }: Anchor): boolean => Date.parse(anchoredAt) + moment <= Date.parse(header.exportedAt);
  const keptBefore = (sequence: number): void => {
    for (let anchor = kept[waiting]; anchor && anchor.sequence < sequence; anchor = kept[(waiting += 1)]) {
      if (anchor.sequence >= Math.max(header.after, 1)) begin(null).anchor(anchor, older(anchor) ? 'kept' : 'later');
    }
  };
  return {
    row(row) {
      const walked = begin(row);
      for (const anchor of early.splice(0)) walked.anchor(anchor);
      keptBefore(row.sequence);
      walked.row(row);
    },
    anchor: (anchor) => void (walk || header.after === 0 ? begin(null).anchor(anchor) : early.push(anchor)),
    end(manifest) {
      if (!walk && header.after > 0) return header.upTo > header.after ? { tampering: 'TAIL_CUT', sequence: header.after + 1, detail: `The file has none of the events ${header.after + 1} to ${header.upTo}.` } : null;
      const walked = begin(null);
      keptBefore(header.upTo + 1);
      // Of anchors behind the end, those count that are older than the export, if it goes to the chain's end.
      for (const anchor of kept.slice(waiting)) if (header.recordedBefore === null && older(anchor)) walked.anchor(anchor, 'kept');
      const { head } = header;
      if (header.recordedBefore === null) return walked.end(head ? { sequence: head.sequence, hash: Buffer.from(head.hash, 'hex') } : { sequence: null, hash: null });
      const upTo = Math.max(header.upTo, manifest?.last ?? 0);
      return walked.end(upTo > header.after ? { sequence: upTo, hash: null, partial: true } : null);
    },
    get checked() {
      return walk?.checked ?? 0;
    },
    get last() {
      return walk?.place.sequence ?? header.after;
    },
    get anchors() {
      return walk?.anchors.held ?? 0;
    },
  };
}

/** Walks the events of one account: each is whole in itself, and names the one that the file has before it. */
export function sparseWalk(header: HeaderLine): ExportWalk {
  let fault: Fault | null = null;
  let last = header.after;
  let checked = 0;
  const note = (tampering: Fault['tampering'], sequence: number, detail: string): void => void (fault = { tampering, sequence, detail });
  const whole = (row: ChainRow): boolean => row.exact && row.accountId === header.accountId && row.hash.equals(chainHash(row.previousHash, row));
  return {
    row(row, follows) {
      checked += 1;
      const behind = follows ?? 0;
      // The event that is missed may only stand further back.
      if (fault) {
        if (fault.tampering === 'DELETED' && behind === last && row.sequence > last && whole(row)) note('REORDERED', row.sequence, `Event ${row.sequence} stands further back than it stood.`);
        return;
      }
      if (row.sequence <= last) note('INSERTED', row.sequence, `Event ${row.sequence} stands behind event ${last}.`);
      else if (behind > last) note('DELETED', last + 1, `Event ${row.sequence} stood behind ${behind}, and stands behind ${last}.`);
      else if (behind < last) note('INSERTED', row.sequence, `Event ${row.sequence} stood behind ${behind}, and stands behind ${last}.`);
      else if (!whole(row)) note('EDITED', row.sequence, `Event ${row.sequence} is not as it was recorded.`);
      else last = row.sequence;
    },
    anchor: () => undefined,
    end(manifest) {
      if (!fault && manifest && (manifest.last ?? header.after) > last) note('TAIL_CUT', last + 1, `The events end at ${last}; the manifest says ${manifest.last}.`);
      return fault;
    },
    get checked() {
      return checked;
    },
    get last() {
      return last;
    },
    anchors: 0,
  };
}
