import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';

/** A backup cannot be made, read or restored. The message says why and what to do. */
export class BackupFault extends Error {
  override readonly name = 'BackupFault';
}

/** The first line: what the backup is of. */
export const backupHeader = z.strictObject({
  type: z.literal('context-graph-backup'),
  version: z.literal(1),
  madeAt: z.iso.datetime(),
  /** The steps the database had run, in order. */
  steps: z.array(z.strictObject({ name: z.string(), checksum: z.string() })),
  /** The version of the job engine's schema. */
  jobSchema: z.int(),
  /** Proves knowledge of the master key; says nothing about it. */
  keyCheck: z.string(),
  /** The content of secrets.json, where it was asked for. */
  secrets: z.string().nullable(),
  heads: z.array(z.strictObject({ tenantId: z.uuid(), sequence: z.int(), hash: z.hash('sha256') })),
  partitions: z.array(z.strictObject({ parent: z.string(), month: z.iso.date() })),
  sequences: z.array(z.strictObject({ name: z.string(), value: z.int(), called: z.boolean() })),
  /** Places of the consumer groups on the bus when the backup began; null without Kafka. */
  consumers: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string()))).nullable(),
});
export type BackupHeader = z.infer<typeof backupHeader>;

/** A table's line, before its rows. */
export const tableLine = z.strictObject({ table: z.string(), columns: z.array(z.string()) });

/** The last line: the digest of all bytes before it, signed. */
export const backupEnd = z.strictObject({
  type: z.literal('end'),
  rows: z.int(),
  sha256: z.hash('sha256'),
  keyId: z.string(),
  signature: z.base64url(),
  /** Signatures over the audit heads in the header, in their order. */
  heads: z.array(z.base64url()),
});
export type BackupEnd = z.infer<typeof backupEnd>;

/** A piece of a backup: a table begins, or rows of it. */
export type BackupPart = { readonly table: z.infer<typeof tableLine> } | { readonly rows: Buffer };

const endOfRows = Buffer.from('\\.\n');
const newline = 0x0a;

/** Reads a file's lines, a piece of whole lines at a time. */
async function* wholeLines(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  const content = createGunzip();
  const source = createReadStream(file).once('error', (error) => content.destroy(error));
  for await (const chunk of source.pipe(content) as AsyncIterable<Buffer>) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = text.lastIndexOf(newline) + 1;
    if (end > 0) yield text.subarray(0, end);
    rest = text.subarray(end);
  }
  if (rest.length > 0) throw new BackupFault(`${file} is incomplete: its last line is cut off. Use another copy of the backup.`);
}

/** A backup as it is read: the header, then table by table, then the end. Throws a `BackupFault` where the file is no backup, or a damaged one. */
export async function* readBackup(file: string): AsyncGenerator<{ readonly header: BackupHeader } | BackupPart | { readonly end: BackupEnd }> {
  const digest = createHash('sha256');
  let header = false;
  let inRows = false;
  let ended = false;
  try {
    for await (const piece of wholeLines(file)) {
      let from = 0;
      while (from < piece.length) {
        if (ended) throw damaged(file, 'there is something behind its last line');
        if (inRows) {
          const end = findEndOfRows(piece, from);
          const upTo = end ?? piece.length;
          if (upTo > from) yield { rows: piece.subarray(from, upTo) };
          digest.update(piece.subarray(from, end === null ? upTo : upTo + endOfRows.length));
          from = end === null ? upTo : upTo + endOfRows.length;
          inRows = end === null;
          continue;
        }
        const next = piece.indexOf(newline, from) + 1;
        const value: unknown = JSON.parse(piece.toString('utf8', from, next));
        if (!header) {
          const read = backupHeader.safeParse(value);
          if (!read.success) throw new BackupFault(`${file} is not a backup that this version can read.`);
          header = true;
          yield { header: read.data };
        } else {
          const table = tableLine.safeParse(value);
          if (table.success) {
            inRows = true;
            yield { table: table.data };
          } else {
            const end = backupEnd.safeParse(value);
            if (!end.success) throw damaged(file, 'a line cannot be read');
            if (end.data.sha256 !== digest.copy().digest('hex')) throw damaged(file, 'its digest does not match its content');
            ended = true;
            yield { end: end.data };
          }
        }
        digest.update(piece.subarray(from, next));
        from = next;
      }
    }
  } catch (error) {
    if (error instanceof BackupFault) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new BackupFault(`There is no file ${file}.`);
    throw header ? damaged(file, error instanceof Error ? error.message : String(error)) : new BackupFault(`${file} is not a backup.`);
  }
  if (!ended) throw damaged(file, 'its end is missing');
}

function damaged(file: string, why: string): BackupFault {
  return new BackupFault(`${file} is damaged: ${why}. Use another copy of the backup.`);
}

/** Where `\.` stands alone on a line; COPY writes a backslash in data as two. */
function findEndOfRows(piece: Buffer, from: number): number | null {
  for (let at = piece.indexOf(endOfRows, from); at !== -1; at = piece.indexOf(endOfRows, at + 1)) {
    if (at === from || piece[at - 1] === newline) return at;
  }
  return null;
}
