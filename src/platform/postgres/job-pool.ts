import { Pool, type PoolClient } from 'pg';
import { systemRole } from './login.ts';

type OnConnected = (error: Error | undefined, client: PoolClient | undefined, done: (release?: unknown) => void) => void;

/**
 * The job engine's own connections. When the server cuts all of them at once, graphile-worker 0.18 may give its listening
 * connection back twice; pg answers that with an error that nobody catches, which would end the process. Here a second
 * return does nothing.
 */
class JobPool extends Pool {
  override connect(...parameters: unknown[]): never {
    const [connected] = parameters;
    if (typeof connected !== 'function') return Reflect.apply(super.connect, this, parameters) as never;
    const once: OnConnected = (error, client, done) => {
      let returned = false;
      (connected as OnConnected)(error, client, (release) => {
        if (returned) return;
        returned = true;
        done(release);
      });
    };
    return super.connect(once) as never;
  }
}

/** A pool that works as the system role, for the job engine alone. */
export function createJobPool({ url, connections, onError }: { url: string; connections: number; onError(error: Error): void }): Pool {
  const pool = new JobPool({ connectionString: url, max: connections, application_name: 'context-graph jobs', options: `-c role=${systemRole}`, keepAlive: true });
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}
