import { parseArgs } from 'node:util';
import { z } from 'zod';
import { systemClock } from '../platform/clock.ts';
import { isUuid } from '../platform/ids.ts';
import { mintToken, roles } from '../features/access/index.ts';
import { readConfig } from './config.ts';
import { embeddedUrl } from '../platform/postgres/embedded.ts';
import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { checkInstallation } from './open-keys.ts';
import { orRefuse } from './require-keys.ts';
import { readSecrets } from './secrets.ts';

const usage = 'Usage: npm run token -- --tenant <tenant id> [--role admin] [--subject me] [--hours 8]';
const options = z.object({
  tenant: z.string().refine(isUuid, 'tenant must be the id (a UUID) of a tenant'),
  role: z.enum(roles).default('viewer'),
  subject: z.string().min(1).default('developer'),
  hours: z.coerce.number().positive().max(24 * 365).default(8),
});

const { values } = parseArgs({ options: { tenant: { type: 'string' }, role: { type: 'string' }, subject: { type: 'string' }, hours: { type: 'string' } } });
const read = options.safeParse(values);
if (!read.success) {
  process.stderr.write(`${read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n')}\n${usage}\n`);
  process.exit(1);
}
const config = readConfig();
if (config.keys && !('secret' in config.keys)) {
  process.stderr.write('Tokens of this installation are signed by its issuer (JWKS_URL); ask there.\n');
  process.exit(1);
}
const secrets = await orRefuse(() => readSecrets(config));
const secret = config.keys?.secret ?? secrets.tokenSecret;
if (secret === null) {
  process.stderr.write(`There is no token secret in ${config.dataFolder}: start the program (npm start) with this DATA_FOLDER first, or give JWT_SECRET.\n`);
  process.exit(1);
}
const url = config.database?.url ?? (await embeddedUrl(config.dataFolder));
if (url !== null) {
  // A token can be made while the database is away; for one that is there with other keys it would be of no use.
  await orRefuse(() => checkInstallation(url, secrets.masterKeys).catch((error: unknown) => {
    if (error instanceof KeyFault) throw error;
  }));
}
const { tenant, role, subject, hours } = read.data;
process.stdout.write(`${await mintToken({ secret, issuer: config.issuer, audience: config.audience, clock: systemClock, tenantId: tenant, subject, roles: [role], hours })}\n`);
