import 'reflect-metadata';
import { retireKeys } from '../platform/postgres/keys/retire-key.ts';
import { openKeySources, type KeySources } from './keys-sources.ts';
import { readKeysStatus } from './keys-status.ts';
import { rotateGivenKey, rotateKeptKey } from './rotate-installation.ts';
import { CommandFault, runCommand } from './run-command.ts';

const usage = `Usage: npm run keys -- status
       npm run keys -- rotate
       npm run keys -- retire [--key <key id>]
status: prints the master keys by their ids, the state of a rotation, and how many keys are sealed under which, as JSON.
rotate: makes a new master key valid beside the present one and moves every sealed key under it; run it again when it was
  interrupted. It runs beside the program or without it. With MASTER_KEY, give the new key as NEW_MASTER_KEY (32 random bytes
  in base64, such as openssl rand -base64 32 prints). Without, the key is made, kept in secrets.json, and the old one retired.
retire: ends the validity of the old key; MASTER_KEY is the new one. --key: retires that key, such as a new one that was lost.
The database is DATABASE_URL, or the embedded one in DATA_FOLDER. Exit code 0: done, 1: refused, with the reason.
`;

const commands: Readonly<Record<string, (sources: KeySources, keyId: string | null) => Promise<void>>> = {
  async status(sources) {
    say(JSON.stringify(await readKeysStatus(sources), null, 2));
  },
  rotate: (sources) => (sources.config.masterKey ? rotateGivenKey(sources, say) : rotateKeptKey(sources, say)),
  async retire({ database, masterKeys: [key] }, keyId) {
    const retired = await retireKeys({ database, key, keyId });
    say(retired.length > 0 ? `Retired ${retired.join(', ')}.` : 'There is no other valid key.');
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await runCommand({ usage, options: { key: { type: 'string' } }, words: Object.keys(commands) }, async ({ key }, word) => {
  if (key !== undefined && word !== 'retire') throw new CommandFault('--key belongs to retire.');
  const sources = await openKeySources();
  try {
    await commands[word]?.(sources, key ?? null);
    return 0;
  } finally {
    await sources.close();
  }
});
