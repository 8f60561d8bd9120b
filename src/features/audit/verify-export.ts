import { createHash } from 'node:crypto';
import { z } from 'zod';
import { chainHash } from '../../platform/postgres/audit-chain.ts';
import { isSigned, trustKeys, type TrustedKeys } from '../../platform/signing.ts';
import type { Anchor } from './anchor.ts';
import { ChainWalk, type ChainRow } from './chain-walk.ts';
import { anchorLine, eventLine, headerLine, manifestLine, manifestText, type HeaderLine, type ManifestLine } from './export-lines.ts';
import type { Fault } from './tampering.ts';

/** What verifying an export came to. */
export interface ExportVerification {
  /** Null: nothing is wrong. */
  readonly fault: Fault | null;
  readonly header: HeaderLine;
  readonly checked: number;
  /** Anchors that agreed. */
  readonly anchors: number;
  readonly lastSequence: number;
  /** Whether the key was given by whoever verifies; otherwise it came with the file and must be compared with the published one. */
  readonly keyKnown: boolean;
}

/** A file that is no export; nothing can be said of it. */
export class NoExport extends Error {
  override readonly name = 'NoExport';
}

const anyLine = z.discriminatedUnion('type', [eventLine, anchorLine, manifestLine]);
const anchorAnywhere = z.union([anchorLine, z.looseObject({ kind: z.literal('audit.anchored'), tenantId: z.uuid(), data: anchorLine.omit({ type: true }) }).transform(({ data }) => data)]);

/** What an export, or a part of one, is walked by. */
interface Walk {
  row(row: ChainRow, follows: number | undefined): void;
  anchor(anchor: Anchor): void;
  end(manifest: ManifestLine | null): Fault | null;
  readonly checked: number;
  readonly last: number;
  readonly anchors: number;
}

/** Reads anchors that were kept elsewhere: lines of exports, or events `audit.anchored` as they are on the bus. Other lines are passed over. */
export async function readAnchors(lines: AsyncIterable<string>, tenantId: string | null): Promise<Anchor[]> {
  const anchors: Anchor[] = [];
  for await (const line of lines) {
    const read = parse(line);
    const found = anchorAnywhere.safeParse(read);
    const elsewhere = tenantId !== null && typeof read === 'object' && read !== null && 'tenantId' in read && read.tenantId !== tenantId;
    if (found.success && !elsewhere) anchors.push(found.data);
  }
  return anchors.sort((one, other) => one.sequence - other.sequence);
}

/** Verifies an export from its lines alone, in constant memory; with anchors that were kept elsewhere it also sees what was cut or rewritten before the export. */
export async function verifyExport(lines: AsyncIterable<string>, { publicKeys, kept = [] }: { readonly publicKeys: readonly string[]; readonly kept?: readonly Anchor[] }): Promise<ExportVerification> {
  const digest = createHash('sha256');
  let reading: { readonly header: HeaderLine; readonly keys: TrustedKeys; readonly walk: Walk } | null = null;
  let manifest: ManifestLine | null = null;
  let sealed = '';
  let altered: Fault | null = null;
  for await (const line of lines) {
    const value = parse(line);
    if (!reading) {
      const header = headerLine.safeParse(value);
      if (!header.success) throw new NoExport('The file does not begin with the header of an audit export.');
      const keys = trustKeys(publicKeys.length > 0 ? publicKeys : [header.data.publicKey]);
      reading = { header: header.data, keys, walk: header.data.accountId === null ? wholeWalk(header.data, keys, kept) : sparseWalk(header.data) };
    } else {
      const read = anyLine.safeParse(value);
      if (!read.success || manifest) altered ??= { tampering: 'EXPORT_ALTERED', sequence: reading.walk.last + 1, detail: manifest ? 'There is something behind the manifest.' : 'A line is none of an export.' };
      else if (read.data.type === 'manifest') {
        manifest = read.data;
        sealed = digest.copy().digest('hex');
      } else if (read.data.type === 'anchor') reading.walk.anchor(read.data);
      else {
        const { type: _, follows, exact = true, ...row } = read.data;
        reading.walk.row({ ...row, exact }, follows);
      }
    }
    digest.update(`${line}\n`);
  }
  if (!reading) throw new NoExport('The file is empty.');
  const { header, keys, walk } = reading;
  const fault = walk.end(manifest) ?? altered ?? judgeManifest(manifest, { keys, sealed, after: walk.last });
  return { fault, header, checked: walk.checked, anchors: walk.anchors, lastSequence: walk.last, keyKnown: publicKeys.length > 0 };
}

function judgeManifest(manifest: ManifestLine | null, { keys, sealed, after }: { readonly keys: TrustedKeys; readonly sealed: string; readonly after: number }): Fault | null {
  if (!manifest) return { tampering: 'TAIL_CUT', sequence: after + 1, detail: `The file ends after event ${after}, without its manifest.` };
  const signed = isSigned(keys, manifestText(manifest), { keyId: manifest.keyId, signature: Buffer.from(manifest.signature, 'base64url') });
  if (!signed) return { tampering: 'EXPORT_ALTERED', sequence: manifest.first ?? 1, detail: 'The manifest is not signed by a trusted key.' };
  return manifest.sha256 === sealed ? null : { tampering: 'EXPORT_ALTERED', sequence: manifest.first ?? 1, detail: 'The file is not the one that the manifest was signed over.' };
}

function wholeWalk(header: HeaderLine, keys: TrustedKeys, kept: readonly Anchor[]): Walk {
  let walk: ChainWalk | null = null;
  let waiting = 0;
  /** Anchors over the place behind which a part begins; its hash is known with the first event. */
  const early: Anchor[] = [];
  const begin = (row: ChainRow | null): ChainWalk => {
    // A part of a chain begins with what its first event says of the one before; nothing else in the file knows it.
    const after = header.after > 0 && row ? { after: { sequence: header.after, hash: row.previousHash } } : {};
    return (walk ??= new ChainWalk({ tenantId: header.tenantId, keys, ...after }));
  };
  const keptBefore = (sequence: number): void => {
    for (let anchor = kept[waiting]; anchor && anchor.sequence < sequence; anchor = kept[(waiting += 1)]) if (anchor.sequence >= header.after) begin(null).anchor(anchor);
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
      // Of anchors behind the end, those count that are older than the export, if it goes to the chain's end.
      const known = kept.slice(waiting).filter(({ sequence, anchoredAt }) => sequence <= header.upTo || (header.recordedBefore === null && anchoredAt <= header.exportedAt));
      for (const anchor of known) walked.anchor(anchor);
      const { head } = header;
      if (header.recordedBefore === null) return walked.end(head ? { sequence: head.sequence, hash: Buffer.from(head.hash, 'hex') } : { sequence: 0, hash: null });
      const upTo = Math.max(header.upTo, manifest?.last ?? 0);
      return walked.end(upTo > header.after ? { sequence: upTo, hash: null } : null);
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

/** Events of one account: each is whole in itself, and names the one that the file has before it. */
function sparseWalk(header: HeaderLine): Walk {
  let fault: Fault | null = null;
  let last = header.after;
  let checked = 0;
  const note = (tampering: Fault['tampering'], sequence: number, detail: string): void => void (fault ??= { tampering, sequence, detail });
  return {
    row(row, follows) {
      checked += 1;
      if (fault) return;
      if (row.sequence <= last) note('REORDERED', row.sequence, `Event ${row.sequence} stands behind event ${last}.`);
      else if (follows !== last) note((follows ?? 0) > last ? 'DELETED' : 'INSERTED', (follows ?? 0) > last ? last + 1 : row.sequence, `Event ${row.sequence} stood behind ${follows}, and stands behind ${last}.`);
      else if (!row.exact || row.accountId !== header.accountId || !row.hash.equals(chainHash(row.previousHash, row))) note('EDITED', row.sequence, `Event ${row.sequence} is not as it was recorded.`);
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

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
