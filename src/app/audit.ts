import 'reflect-metadata';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../platform/clock.ts';
import { isUuid, type Id } from '../platform/ids.ts';
import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { trustKeys } from '../platform/signing.ts';
import { anchorsOfTenant, brieflyOf, readAnchors, readAnchorsOf, showExportVerification, showVerification, verifyChain, verifyExport, type KeptAnchor } from '../features/audit/index.ts';
import { verifyReceipt } from '../features/erasure/index.ts';
import { acceptAllRestores, requireOperatorId } from './accept-restores.ts';
import { openAuditSources, type AuditSources } from './audit-sources.ts';
import { CommandFault } from './run-command.ts';

const usage = `Usage: npm run audit -- verify --file export.ndjson [--key <public key> …] [--anchors anchors.ndjson]
       npm run audit -- verify --tenant <tenant id> [--key <public key> …] [--anchors anchors.ndjson]
       npm run audit -- anchors [--tenant <tenant id>]
       npm run audit -- accept-restore --by <id> [--tenant <tenant id>] [--anchors anchors.ndjson] [--key <public key> …]
       npm run audit -- verify-receipt --file receipt.json [--key <public key> …]
verify --file: offline, from an export alone. verify --tenant: the chain in the database, with the anchors that are on the bus;
it needs the program's configuration (DATABASE_URL, MASTER_KEY and the like), or beside an embedded start its DATA_FOLDER.
verify-receipt: offline, the receipt of an erasure: JSON with statement, signature and publicKey.
--key: a public key as GET /.well-known/signing-keys shows it; without it an export is held against the key that came with it.
--anchors: events audit.anchored that were kept outside the database, one line of JSON each.
anchors: prints those that the bus has, to be kept.
accept-restore: after a restore, records in the audit chain that the facts behind the backup are lost. --by is the id of who
accepts that; it is recorded for ever. Without --tenant it does so for every tenant that was restored.
Verifying prints what was found as JSON. Exit code 0: intact, 1: tampered with, 2: it could not be verified.
`;

const text = { type: 'string' } as const;
interface Options {
  readonly file?: string;
  readonly tenant?: string;
  readonly key: readonly string[];
  readonly anchors?: string;
}

function fail(message: string): never {
  process.stderr.write(message);
  process.exit(2);
}

async function* linesOf(file: string): AsyncGenerator<string> {
  yield* createInterface({ input: createReadStream(file, { encoding: 'utf8' }), crlfDelay: Infinity });
}

const anchorsIn = async (file: string | undefined): Promise<KeptAnchor[]> => (file === undefined ? [] : readAnchors(linesOf(file)));

async function verifyFile(file: string, { key, anchors }: Options): Promise<boolean> {
  const found = showExportVerification(await verifyExport(linesOf(file), { publicKeys: key, kept: await anchorsIn(anchors) }));
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return found.intact;
}

/** Copies first, then the chain: so each copy is of an anchor that must be beside the chain. */
async function verifyTenant({ database, bus, keys: own }: AuditSources, tenantId: Id<'Tenant'>, { key, anchors }: Options): Promise<boolean> {
  const keys = new Map([...own, ...trustKeys(key)]);
  const onBus = await readAnchorsOf(bus.read('audit.anchored')).catch((error: unknown) => {
    process.stderr.write(`The bus could not be asked for anchors, the chain is verified without them: ${String(error)}\n`);
    return null;
  });
  const kept = anchorsOfTenant([...(await anchorsIn(anchors)), ...(onBus ?? [])], tenantId);
  const found = showVerification(await verifyChain(brieflyOf(database, tenantId), { tenantId, keys, kept }), { clock: systemClock, onBus: onBus && anchorsOfTenant(onBus, tenantId) });
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return found.intact;
}

async function printAnchors({ bus }: AuditSources, tenantId: string | undefined): Promise<boolean> {
  for await (const event of bus.read('audit.anchored')) {
    const own = tenantId === undefined || (typeof event === 'object' && event !== null && 'tenantId' in event && event.tenantId === tenantId);
    if (own) process.stdout.write(`${JSON.stringify(event)}\n`);
  }
  return true;
}

async function verifyReceiptFile(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { file: text, key: { type: 'string', multiple: true } }, strict: true });
  if (values.file === undefined) return fail(usage);
  const found = verifyReceipt(await readFile(values.file, 'utf8'), values.key ?? []);
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return found.genuine ? 0 : 1;
}

/** Exit code 1: at least one chain shows more than a cut tail, and nothing was recorded in it. */
async function acceptRestore(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { by: text, tenant: text, anchors: text, key: { type: 'string', multiple: true } }, strict: true });
  const { by, tenant, anchors, key = [] } = values;
  if (tenant !== undefined && !isUuid(tenant)) return fail(usage);
  const acceptedBy = requireOperatorId(by);
  const kept = await anchorsIn(anchors);
  const sources = await openAuditSources();
  try {
    const keys = new Map([...sources.keys, ...trustKeys(key)]);
    const { lines, accepted } = await acceptAllRestores({ ...sources, clock: systemClock, keys, kept, acceptedBy, tenantId: (tenant ?? null) as Id<'Tenant'> | null });
    process.stdout.write(`${lines.join('\n')}\n`);
    return accepted ? 0 : 1;
  } finally {
    await sources.close();
  }
}

async function run(): Promise<number> {
  if (process.argv.includes('--help')) return Number(!process.stdout.write(usage));
  if (process.argv[2] === 'verify-receipt') return verifyReceiptFile(process.argv.slice(3));
  if (process.argv[2] === 'accept-restore') return acceptRestore(process.argv.slice(3));
  const { values, positionals } = parseArgs({ options: { file: text, tenant: text, anchors: text, key: { type: 'string', multiple: true } }, allowPositionals: true, strict: true });
  const options: Options = { ...values, key: values.key ?? [] };
  const { file, tenant } = options;
  const command = positionals.join(' ');
  const wrongSource = command === 'verify' ? (file === undefined) === (tenant === undefined) : command !== 'anchors' || file !== undefined || options.anchors !== undefined || options.key.length > 0;
  if (wrongSource || (tenant !== undefined && !isUuid(tenant))) return fail(usage);
  if (file !== undefined) return (await verifyFile(file, options)) ? 0 : 1;
  const sources = await openAuditSources();
  try {
    return (await (command === 'anchors' ? printAnchors(sources, tenant) : verifyTenant(sources, tenant as Id<'Tenant'>, options))) ? 0 : 1;
  } finally {
    await sources.close();
  }
}

process.exitCode = await run().catch((error: unknown) => fail(error instanceof KeyFault || error instanceof CommandFault ? `${error.message}\n` : `${error instanceof Error ? error.message : String(error)}\n${usage}`));
