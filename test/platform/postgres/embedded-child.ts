import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../../src/platform/postgres/embedded.ts';

/** A program of its own with an embedded server; it says where the server is, or why there is none, and stays. */
const [folder = ''] = process.argv.slice(2);

function say(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

try {
  const server = await startEmbeddedPostgres({ folder, durable: false, onLog: () => undefined });
  const drain = async (): Promise<void> => {
    const client = new Client({ connectionString: server.adminUrl });
    await client.connect();
    say((await client.query('select true as drained')).rows[0]);
    await client.end();
    await server.stop();
  };
  process.once('SIGTERM', () => void drain());
  process.once('SIGINT', () => void drain());
  process.once('SIGHUP', () => process.exit(1));
  say({ adminUrl: server.adminUrl });
} catch (error) {
  say(error);
}
