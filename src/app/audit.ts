import 'reflect-metadata';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../platform/clock.ts';
import { createIds, isUuid, type Id } from '../platform/ids.ts';
import { openDatabase } from '../platform/postgres/database.ts';
import { createSigner, trustKeys } from '../platform/signing.ts';
import { brieflyOf, readAnchors, showExportVerification, showVerification, verifyChain, verifyExport, type Anchor } from '../features/audit/index.ts';
import { verifyReceipt } from '../features/erasure/index.ts';
import { readConfig } from './config.ts';

const usage = `Usage: npm run audit -- verify --file export.ndjson [--key <public key> …] [--anchors anchors.ndjson]
       npm run audit -- verify --tenant <tenant id> [--key <public key> …] [--anchors anchors.ndjson]
       npm run audit -- verify-receipt --file receipt.json [--key <public key> …]
verify-receipt: offline, the receipt of an erasure: JSON with statement, signature and publicKey.
--file: offline, from an export alone. --tenant: the chain in the database; needs DATABASE_URL, MASTER_KEY and the like.
--key: a public key as GET /.well-known/signing-keys shows it; without it an export is held against the key that came with it.
--anchors: events audit.anchored that were kept outside the database, one line of JSON each.
Prints what was found as JSON. Exit code 0: intact, 1: tampered with, 2: it could not be verified.
`;

const text = { type: 'string' } as const;

function fail(message: string): never {
  process.stderr.write(message);
  process.exit(2);
}

async function* linesOf(file: string): AsyncGenerator<string> {
  yield* createInterface({ input: createReadStream(file, { encoding: 'utf8' }), crlfDelay: Infinity });
}

const anchorsIn = async (file: string | undefined, tenantId: string | null): Promise<Anchor[]> => (file === undefined ? [] : readAnchors(linesOf(file), tenantId));

async function verify(options: { file?: string; tenant?: string; key: string[]; anchors?: string }): Promise<{ intact: boolean }> {
  if (options.file !== undefined) {
    return showExportVerification(await verifyExport(linesOf(options.file), { publicKeys: options.key, kept: await anchorsIn(options.anchors, null) }));
  }
  const config = readConfig();
  if (!config.database || !config.masterKey) return fail('Needs DATABASE_URL. The embedded start answers the query auditVerification.\n');
  const tenantId = options.tenant as Id<'Tenant'>;
  const signer = createSigner({ seed: config.signingKey, masterKey: config.masterKey });
  const keys = trustKeys([signer.publicKey, ...config.trustedKeys, ...options.key]);
  const database = await openDatabase({ url: config.database.url, connections: 2, clock: systemClock, newId: createIds(systemClock), entities: [], onError: (error) => process.stderr.write(`${error.message}\n`) });
  try {
    return showVerification(await verifyChain(brieflyOf(database, tenantId), { tenantId, keys, kept: await anchorsIn(options.anchors, tenantId) }), systemClock);
  } finally {
    await database.close();
  }
}

async function verifyReceiptFile(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { file: text, key: { type: 'string', multiple: true } }, strict: true });
  if (values.file === undefined) return fail(usage);
  const found = verifyReceipt(await readFile(values.file, 'utf8'), values.key ?? []);
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return found.genuine ? 0 : 1;
}

async function run(): Promise<number> {
  if (process.argv[2] === 'verify-receipt') return verifyReceiptFile(process.argv.slice(3));
  const { values, positionals } = parseArgs({ options: { file: text, tenant: text, anchors: text, key: { type: 'string', multiple: true } }, allowPositionals: true, strict: true });
  const wrong = positionals.join(' ') !== 'verify' || (values.file === undefined) === (values.tenant === undefined) || (values.tenant !== undefined && !isUuid(values.tenant));
  if (wrong) return fail(usage);
  const found = await verify({ ...values, key: values.key ?? [] });
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return found.intact ? 0 : 1;
}

process.exitCode = await run().catch((error: unknown) => fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`));
