import { createHash } from 'node:crypto';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import { showKeys, type Signer, type TrustedKeys } from '../../platform/signing.ts';
import { brieflyOf } from './anchor-chains.ts';
import { readAcceptanceFacts, type AcceptedRestore } from './accepted-restore.ts';
import { auditExported } from './audit.events.ts';
import type { ChainPlace } from './anchor.ts';
import type { ChainRow } from './chain-walk.ts';
import { anchorToLine, manifestText, rowToLine, type HeaderLine } from './export-lines.ts';
import { chainColumns, readChain, readState, type Briefly, type ChainItem, type ChainPart } from './read-chain.ts';

/** What to export: by account, and by when it was recorded. */
export interface ExportRange {
  readonly accountId: string | null;
  /** RFC 3339; null: from the beginning. */
  readonly recordedFrom: string | null;
  /** RFC 3339; null: to the end. */
  readonly recordedBefore: string | null;
}

const page = 1_000;
// Facts are recorded in the order of commit, which is not quite that of their instants: everything between the first and the last goes along.
const bounds = statement<{ first: number | null; last: number | null }>(
  'audit_export_bounds',
  `select (select sequence from audit_logs where tenant_id = $1 and recorded_at >= coalesce($2::timestamptz, '-infinity') order by sequence limit 1) as first,
     (select sequence from audit_logs where tenant_id = $1 and recorded_at < coalesce($3::timestamptz, 'infinity') order by sequence desc limit 1) as last`,
);
const rowsOfAccount = statement<ChainRow & { position: string }>(
  'audit_rows_of_account',
  `select ${chainColumns} from audit_logs where tenant_id = $1 and account_id = $2 and (sequence, recorded_at) > ($3, $4::timestamptz) and sequence <= $5 order by sequence, recorded_at limit ${page}`,
);

/**
 * Begins an export: records that it was, and answers its lines, some thousand at a time, each piece read when it is asked
 * for and on a snapshot of its own. The chain only grows, so an export as long as it takes is still of one moment.
 */
export async function beginExport({ database, signer, keys }: { readonly database: Database; readonly signer: Signer; readonly keys: TrustedKeys }, caller: Caller, range: ExportRange): Promise<AsyncGenerator<string>> {
  const briefly = brieflyOf(database, caller.tenantId);
  const { tenantId } = caller;
  const begun = await briefly(async (sql) => {
    const state = await readState(sql, tenantId);
    const [found] = await sql.rows(bounds, [tenantId, range.recordedFrom, range.recordedBefore]);
    const after = range.recordedFrom === null ? 0 : (found?.first ?? state.upTo + 1) - 1;
    const upTo = range.recordedBefore === null ? state.upTo : (found?.last ?? 0);
    const acceptedRestores = await readAcceptanceFacts(sql, tenantId);
    return { acceptedRestores, part: { tenantId, after, upTo, anchorsUpTo: range.recordedBefore === null ? state.lastAnchor : upTo } satisfies ChainPart, head: state.head, begunAt: state.begunAt };
  });
  const exportedAt = await database.transact(caller, async (work) => {
    // To a chain that has lost its head nothing can be added; it is to be looked at all the same.
    if (begun.head || begun.part.upTo === 0) work.record(auditExported.fact({ accountId: null, data: { ...range } }));
    return work.now;
  });
  const earlierKeys = showKeys(keys).map(({ publicKey }) => publicKey).filter((publicKey) => publicKey !== signer.publicKey);
  return exportLines(briefly, signer, { ...begun, range, exportedAt, earlierKeys });
}

/** What an export is of, as it stood before the export itself was recorded: that fact would join the ends of a chain that was cut. */
interface Begun {
  readonly part: ChainPart;
  readonly head: ChainPlace | null;
  readonly begunAt: string | null;
  readonly acceptedRestores: readonly AcceptedRestore[];
  readonly range: ExportRange;
  readonly exportedAt: string;
  readonly earlierKeys: readonly string[];
}

async function* exportLines(briefly: Briefly, signer: Signer, { part, head, begunAt, acceptedRestores, range, exportedAt, earlierKeys }: Begun): AsyncGenerator<string> {
  const shownHead = head ? { sequence: head.sequence, hash: head.hash.toString('hex') } : null;
  const { keyId, publicKey } = signer;
  const digest = createHash('sha256');
  const tally = { count: 0, first: null as number | null, last: null as number | null, anchors: 0 };
  const written = (lines: readonly string[]): string => {
    const text = lines.map((line) => `${line}\n`).join('');
    digest.update(text);
    return text;
  };
  const header: HeaderLine = { type: 'header', version: 1, tenantId: part.tenantId, ...range, after: part.after, upTo: part.upTo, begunAt, head: shownHead, exportedAt, keyId, publicKey, ...(earlierKeys.length > 0 ? { earlierKeys: [...earlierKeys] } : {}), ...(acceptedRestores.length === 0 ? {} : { acceptedRestores: [...acceptedRestores] }) };
  yield written([JSON.stringify(header)]);
  const pages = range.accountId === null ? readChain(briefly, part) : readAccount(briefly, part, range.accountId);
  for await (const items of pages) {
    const lines = items.map((item) => {
      if ('anchor' in item) {
        tally.anchors += 1;
        return anchorToLine(item.anchor);
      }
      const follows = range.accountId === null ? undefined : (tally.last ?? part.after);
      tally.count += 1;
      tally.first ??= item.row.sequence;
      tally.last = item.row.sequence;
      return rowToLine(item.row, follows);
    });
    if (lines.length > 0) yield written(lines);
  }
  const manifest = { type: 'manifest' as const, version: 1 as const, ...tally, head: shownHead, sha256: digest.digest('hex'), keyId };
  yield `${JSON.stringify({ ...manifest, signature: signer.sign(manifestText(manifest)).toString('base64url') })}\n`;
}

async function* readAccount(briefly: Briefly, { tenantId, after, upTo }: ChainPart, accountId: string): AsyncGenerator<readonly ChainItem[]> {
  let key: readonly [number, string] = [after, 'infinity'];
  for (;;) {
    const from = key;
    const rows = await briefly((sql) => sql.rows(rowsOfAccount, [tenantId, accountId, ...from, upTo]));
    yield rows.map((row) => ({ row }));
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    key = [last.sequence, last.position];
  }
}
