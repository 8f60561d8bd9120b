import 'reflect-metadata';
import { systemClock } from '../platform/clock.ts';
import { isUuid, type Id } from '../platform/ids.ts';
import { embeddedUrl } from '../platform/postgres/embedded.ts';
import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { mintToken, roles, type Role } from '../features/access/index.ts';
import { readConfig, type Config } from './config.ts';
import { checkInstallation } from './open-keys.ts';
import { openInstallation, requireTenant } from './open-installation.ts';
import { CommandFault, runCommand } from './run-command.ts';
import { readSecrets } from './secrets.ts';

const usage = `Usage: npm run -s token -- --tenant <slug or id> [--role viewer] [--subject developer] [--hours 8]

Prints a token (a JWT) for development. It is signed with JWT_SECRET, or with the secret in DATA_FOLDER.

  --tenant <slug or id>   the demo has aurora and borealis
  --role <role>           ${roles.join(', ')}; viewer when absent
  --subject <id>          who bears it; developer when absent
  --hours <hours>         how long it is valid, up to ${24 * 365}; 8 when absent
`;

const text = { type: 'string' } as const;

await runCommand({ usage, options: { tenant: text, role: text, subject: text, hours: text } }, async ({ tenant, role = 'viewer', subject = 'developer', hours = '8' }) => {
  if (!tenant) throw new CommandFault('--tenant is needed: the slug or the id of a tenant. More with --help.');
  if (!isRole(role)) throw new CommandFault(`--role must be one of ${roles.join(', ')}.`);
  if (subject === '') throw new CommandFault('--subject must not be empty.');
  if (!(Number(hours) > 0 && Number(hours) <= 24 * 365)) throw new CommandFault(`--hours must be a number above 0, up to ${24 * 365}.`);
  const config = readConfig();
  if (config.keys && !('secret' in config.keys)) throw new CommandFault('Tokens of this installation are signed by its issuer (JWKS_URL); ask there.');
  const tenantId = isUuid(tenant) ? await checked(config, tenant as Id<'Tenant'>) : await tenantOf(config, tenant);
  const secret = config.keys?.secret ?? (await readSecrets(config)).tokenSecret;
  if (secret === null) throw new CommandFault(`There is no token secret in ${config.dataFolder}: start the program (npm start) with this DATA_FOLDER first, or set JWT_SECRET.`);
  const { issuer, audience } = config;
  process.stdout.write(`${await mintToken({ secret, issuer, audience, clock: systemClock, tenantId, subject, roles: [role], hours: Number(hours) })}\n`);
  return 0;
});

function isRole(name: string): name is Role {
  return roles.some((role) => role === name);
}

async function tenantOf(config: Config, slug: string): Promise<Id<'Tenant'>> {
  const { database, close } = await openInstallation(config);
  try {
    return await requireTenant(database, slug);
  } finally {
    await close();
  }
}

/** A token for an id can be made while the database is away; for one that is there with other keys it would be of no use. */
async function checked(config: Config, tenantId: Id<'Tenant'>): Promise<Id<'Tenant'>> {
  const { masterKeys } = await readSecrets(config);
  const url = config.database?.url ?? (await embeddedUrl(config.dataFolder));
  if (url === null) return tenantId;
  await checkInstallation(url, masterKeys).catch((error: unknown) => {
    if (error instanceof KeyFault) throw error;
  });
  return tenantId;
}
