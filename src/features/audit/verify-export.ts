import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isSigned, trustKeys, type TrustedKeys } from '../../platform/signing.ts';
import { genuine, withoutLost, type AcceptedRestore } from './accepted-restore.ts';
import { anchorLine, eventLine, headerLine, manifestLine, manifestText, type HeaderLine, type ManifestLine } from './export-lines.ts';
import { sparseWalk, wholeWalk, type ExportWalk } from './export-walk.ts';
import { anchorsOfTenant, readAnchorsOf, type KeptAnchor } from './kept-anchor.ts';
import type { Fault } from './tampering.ts';

/** What verifying an export came to. */
export interface ExportVerification {
  /** Null: nothing is wrong. */
  readonly fault: Fault | null;
  readonly header: HeaderLine;
  /** Accepted restores that trusted keys signed. */
  readonly restores: readonly AcceptedRestore[];
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

/** Reads anchors that were kept elsewhere: lines of exports, or events `audit.anchored` as they are on the bus. Other lines are passed over. */
export async function readAnchors(lines: AsyncIterable<string>): Promise<KeptAnchor[]> {
  return readAnchorsOf(parsed(lines));
}

/** Verifies an export from its lines alone, in constant memory; with anchors that were kept elsewhere it also sees what was cut or rewritten before the export. */
export async function verifyExport(lines: AsyncIterable<string>, { publicKeys, kept = [] }: { readonly publicKeys: readonly string[]; readonly kept?: readonly KeptAnchor[] }): Promise<ExportVerification> {
  const digest = createHash('sha256');
  let reading: { readonly restores: readonly AcceptedRestore[]; readonly header: HeaderLine; readonly keys: TrustedKeys; readonly walk: ExportWalk } | null = null;
  let manifest: ManifestLine | null = null;
  let sealed = '';
  let altered: Fault | null = null;
  for await (const line of lines) {
    const value = parse(line);
    if (!reading) {
      const header = headerLine.safeParse(value);
      if (!header.success) throw new NoExport('The file does not begin with the header of an audit export.');
      const keys = trustKeys(publicKeys.length > 0 ? publicKeys : [header.data.publicKey, ...(header.data.earlierKeys ?? [])]);
      const restores = genuine(header.data.acceptedRestores ?? [], header.data.tenantId, keys);
      reading = { restores, header: header.data, keys, walk: header.data.accountId === null ? wholeWalk(header.data, { keys, restores, kept: withoutLost(anchorsOfTenant(kept, header.data.tenantId), restores) }) : sparseWalk(header.data) };
    } else {
      const read = anyLine.safeParse(value);
      if (!read.success || manifest) altered ??= judgeLine(value, reading.walk.last + 1, manifest !== null);
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
  const { header, keys, walk, restores } = reading;
  const found = firstOf(walk.end(manifest), altered);
  // Anchors may lack because the file was altered, or because they lacked already when it was written: that file agrees with its manifest.
  const fault = found && found.tampering !== 'ANCHOR_MISSING' ? found : (judgeManifest(manifest, { keys, sealed, after: walk.last }) ?? found);
  return { fault, header, restores, checked: walk.checked, anchors: walk.anchors, lastSequence: walk.last, keyKnown: publicKeys.length > 0 };
}

const someEvent = z.looseObject({ type: z.literal('event'), sequence: z.int() });

/** A line that is none of an export: an event's line that was changed, when it still says which, and something else otherwise. */
function judgeLine(value: unknown, due: number, behindManifest: boolean): Fault {
  const event = someEvent.safeParse(value);
  if (behindManifest) return { tampering: 'EXPORT_ALTERED', sequence: due, detail: 'There is something behind the manifest.' };
  if (event.success) return { tampering: 'EDITED', sequence: event.data.sequence, detail: `The line of event ${event.data.sequence} is not as it was written.` };
  return { tampering: 'EXPORT_ALTERED', sequence: due, detail: 'A line is none of an export.' };
}

/** Of what the events show and what a line shows, the first. An event that is missed just where a line cannot be read is that line. */
function firstOf(found: Fault | null, altered: Fault | null): Fault | null {
  if (!found || !altered) return found ?? altered;
  if (altered.sequence === found.sequence && (found.tampering === 'DELETED' || found.tampering === 'TAIL_CUT')) {
    return { tampering: 'EDITED', sequence: found.sequence, detail: `The line of event ${found.sequence} is not as it was written.` };
  }
  return altered.sequence < found.sequence ? altered : found;
}

function judgeManifest(manifest: ManifestLine | null, { keys, sealed, after }: { readonly keys: TrustedKeys; readonly sealed: string; readonly after: number }): Fault | null {
  if (!manifest) return { tampering: 'TAIL_CUT', sequence: after + 1, detail: `The file ends after event ${after}, without its manifest.` };
  const signed = isSigned(keys, manifestText(manifest), { keyId: manifest.keyId, signature: Buffer.from(manifest.signature, 'base64url') });
  if (!keys.has(manifest.keyId)) return { tampering: 'SIGNING_KEY_UNKNOWN', sequence: manifest.first ?? 1, detail: `The manifest names the signing key ${manifest.keyId}, which is none of those given. If it is a key of the installation, give it by --key; if not, the file is forged.` };
  if (!signed) return { tampering: 'EXPORT_ALTERED', sequence: manifest.first ?? 1, detail: 'The manifest is not signed by the key it names.' };
  return manifest.sha256 === sealed ? null : { tampering: 'EXPORT_ALTERED', sequence: manifest.first ?? 1, detail: 'The file is not the one that the manifest was signed over.' };
}

async function* parsed(lines: AsyncIterable<string>): AsyncGenerator {
  for await (const line of lines) yield parse(line);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
