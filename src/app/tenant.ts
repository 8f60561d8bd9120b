import 'reflect-metadata';
import { readConfig } from './config.ts';
import { createTenant } from './create-tenant.ts';
import { openInstallation } from './open-installation.ts';
import { CommandFault, runCommand } from './run-command.ts';

const usage = `Usage: npm run tenant -- --slug acme --name "Acme Inc"

Makes a tenant with the default scoring model and prints its id; prints the id of the tenant that has this slug already.
It uses DATABASE_URL, or the embedded database in DATA_FOLDER, beside the running program or without it.

  --slug <slug>   lower-case letters, digits and "-", at most 63, a letter first
  --name <name>   as people read it
`;

await runCommand({ usage, options: { slug: { type: 'string' }, name: { type: 'string' } } }, async ({ slug, name }) => {
  if (slug === undefined || !/^[a-z][a-z0-9-]{0,62}$/.test(slug)) throw new CommandFault('--slug must be given: lower-case letters, digits and "-", at most 63, a letter first. More with --help.');
  if (!name?.trim()) throw new CommandFault('--name is needed: the name of the tenant as people read it. More with --help.');
  const config = readConfig();
  const { database, newId, close } = await openInstallation(config);
  try {
    process.stdout.write(`${await createTenant(database, newId, { slug, name: name.trim(), highIntentThreshold: config.highIntentThreshold })}\n`);
    return 0;
  } finally {
    await close();
  }
});
