import { createServer } from 'node:net';
import { StartFault } from './start-fault.ts';

/** Throws a `StartFault` when the address is taken or cannot be listened on; asked before the database is started. */
export async function requireFreePort({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw listenFault(error, { host, port });
  }
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

/** What is told of a failure to listen; other errors stay what they are. */
export function listenFault(error: unknown, { host, port }: { readonly host: string; readonly port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return new StartFault(`Port ${port} on ${host} is taken. Stop what uses it, or choose another: PORT=4001 npm start.`);
  if (code === 'EACCES') return new StartFault(`This user may not listen on port ${port} (PORT). Choose one above 1023.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new StartFault(`${host} (HOST) is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all addresses.`);
  return error;
}
