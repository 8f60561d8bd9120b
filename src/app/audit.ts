import 'reflect-metadata';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { systemClock } from '../platform/clock.ts';
import { isUuid, type Id } from '../platform/ids.ts';
import { trustKeys } from '../platform/signing.ts';
import { anchorsOfTenant, brieflyOf, readAnchors, readAnchorsOf, showExportVerification, showVerification, verifyChain, verifyExport, type KeptAnchor } from '../features/audit/index.ts';
import { verifyReceipt } from '../features/erasure/index.ts';
import { acceptAllRestores, requireOperatorId } from './accept-restores.ts';
import { openAuditSources, type AuditSources } from './audit-sources.ts';
import { requireTenant } from './open-installation.ts';
import { CommandFault, runCommand } from './run-command.ts';

const usage = `Usage: npm run audit -- verify --file export.ndjson [--key <public key> …] [--anchors anchors.ndjson]
       npm run audit -- verify --tenant <slug or id> [--key <public key> …] [--anchors anchors.ndjson]
       npm run -s audit -- anchors [--tenant <slug or id>]
       npm run audit -- accept-restore --by <id> [--tenant <slug or id>] [--anchors anchors.ndjson] [--key <public key> …]
       npm run audit -- verify-receipt --file receipt.json [--key <public key> …]

verify --file: verifies an export offline.
verify --tenant: verifies the chain in the database, with the anchors on the bus. It uses DATABASE_URL, or the embedded
  database in DATA_FOLDER, beside the running program or without it.
anchors: prints the anchors on the bus, one line of JSON each, to be stored off-site.
accept-restore: after a restore, records in the audit chain that the facts after the backup are lost; of every tenant that was
  restored when --tenant is absent. --by is the id of who accepts that; it is recorded for ever.
verify-receipt: verifies the receipt of an erasure offline: JSON with statement, signature and publicKey.

  --key <public key>   as GET /.well-known/signing-keys shows it; may be repeated. Without it an export is verified with
                       the key that it carries
  --anchors <file>     events audit.anchored stored off-site, one line of JSON each

Verifying prints the result as JSON. Exit code 0: intact, 1: tampered with, 2: it could not be verified.
`;

const text = { type: 'string' } as const;
interface Options {
  readonly file?: string | undefined;
  readonly tenant?: string | undefined;
  readonly key?: readonly string[] | undefined;
  readonly anchors?: string | undefined;
  readonly by?: string | undefined;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  yield* createInterface({ input: createReadStream(file, { encoding: 'utf8' }), crlfDelay: Infinity });
}

const anchorsIn = async (file: string | undefined): Promise<KeptAnchor[]> => (file === undefined ? [] : readAnchors(linesOf(file)));

async function verifyFile(file: string, { key = [], anchors }: Options): Promise<boolean> {
  const found = showExportVerification(await verifyExport(linesOf(file), { publicKeys: key, kept: await anchorsIn(anchors) }));
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return found.intact;
}

/** Copies first, then the chain: so each copy is of an anchor that must be beside the chain. */
async function verifyTenant({ database, bus, keys: own }: AuditSources, tenantId: Id<'Tenant'>, { key = [], anchors }: Options): Promise<boolean> {
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

async function printAnchors({ bus }: AuditSources, tenantId: Id<'Tenant'> | null): Promise<void> {
  let count = 0;
  for await (const event of bus.read('audit.anchored')) {
    const own = tenantId === null || (typeof event === 'object' && event !== null && 'tenantId' in event && event.tenantId === tenantId);
    if (!own) continue;
    count += 1;
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }
  if (count === 0) process.stderr.write(`There are no anchors on the bus${tenantId === null ? '' : ' of this tenant'} yet. A running program anchors a chain that grew after five minutes, and at once after 1,000 facts.\n`);
}

async function verifyReceiptFile(file: string, key: readonly string[]): Promise<number> {
  const found = verifyReceipt(await readFile(file, 'utf8'), key);
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return found.genuine ? 0 : 1;
}

async function withSources(body: (sources: AuditSources) => Promise<number>): Promise<number> {
  const sources = await openAuditSources();
  try {
    return await body(sources);
  } finally {
    await sources.close();
  }
}

/** A chain may be there, and must be judged, though somebody removed its tenant: an id is taken as it is. */
async function tenantOf({ database }: AuditSources, named: string): Promise<Id<'Tenant'>> {
  return isUuid(named) ? (named as Id<'Tenant'>) : requireTenant(database, named);
}

const commands: Readonly<Record<string, (options: Options) => Promise<number>>> = {
  async verify(options) {
    const { file, tenant } = options;
    if (file !== undefined && tenant !== undefined) throw new CommandFault('Give --file or --tenant, not both: an export is verified offline, a tenant in the database.');
    if (file !== undefined) return (await verifyFile(file, options)) ? 0 : 1;
    if (tenant === undefined) throw new CommandFault('Say what to verify: --file with an export, or --tenant with a slug or id.');
    return withSources(async (sources) => ((await verifyTenant(sources, await tenantOf(sources, tenant), options)) ? 0 : 1));
  },
  async anchors({ tenant, file, anchors, key }) {
    if (file !== undefined || anchors !== undefined || key !== undefined) throw new CommandFault('anchors takes no option but --tenant.');
    return withSources(async (sources) => {
      await printAnchors(sources, tenant === undefined ? null : await tenantOf(sources, tenant));
      return 0;
    });
  },
  async 'accept-restore'({ by, tenant, anchors, key = [] }) {
    const acceptedBy = requireOperatorId(by);
    const kept = await anchorsIn(anchors);
    return withSources(async (sources) => {
      const keys = new Map([...sources.keys, ...trustKeys(key)]);
      const tenantId = tenant === undefined ? null : await tenantOf(sources, tenant);
      const { lines, accepted } = await acceptAllRestores({ ...sources, clock: systemClock, keys, kept, acceptedBy, tenantId });
      process.stdout.write(`${lines.join('\n')}\n`);
      // 1: at least one chain shows more than a cut tail, and nothing was recorded in it.
      return accepted ? 0 : 1;
    });
  },
  async 'verify-receipt'({ file, key = [] }) {
    if (file === undefined) throw new CommandFault('--file is needed: the receipt to verify.');
    return verifyReceiptFile(file, key);
  },
};

const options = { file: text, tenant: text, anchors: text, by: text, key: { type: 'string', multiple: true } } as const;
await runCommand({ usage, options, words: Object.keys(commands), failure: 2 }, async (values, word) => (await commands[word]?.(values)) ?? 2);
