import { EventEmitter } from 'node:events';
import { Client } from 'pg';

/**
 * Wakes whoever waits for rows: the relay for the outbox, consumers for the bus, subscriptions for facts. A ring says
 * only "look again". It may be lost, so every listener also looks from time to time; it is never the only way.
 *
 * NOTIFY inside a writing transaction would line up all commits behind one lock. So rings are collected and sent
 * outside, on a connection of their own, at most one round at a time.
 */
export interface Doorbell {
  ring(channel: string): void;
  /** Calls `wake` after every ring of the channel, from this process or another; answers how to stop. */
  listen(channel: string, wake: () => void): () => void;
  /** The same for every channel whose name begins so; `wake` gets the rest of the name, or null where any may have rung. */
  listenAll(beginning: string, wake: (rest: string | null) => void): () => void;
  /** Whether rings of other processes arrive. Once it is true again every channel has been woken. */
  readonly connected: boolean;
  close(): Promise<void>;
}

/** The beginning of the channels that ring for a tenant's new facts. */
export const factsOf = 'facts:';
/** The beginning of the channels that ring for changes in a tenant's laboratory. */
export const laboratoryOf = 'laboratory:';

/** A doorbell over LISTEN and NOTIFY. While its connection is down, rings reach this process only. */
export function createDoorbell(url: string, onError: (error: Error) => void): Doorbell {
  const local = new EventEmitter({ captureRejections: false });
  local.setMaxListeners(0);
  const families = new Set<{ readonly beginning: string; wake(rest: string | null): void }>();
  const wake = (channel: string): void => {
    local.emit(channel);
    for (const family of families) if (channel.startsWith(family.beginning)) family.wake(channel.slice(family.beginning.length));
  };
  const pending = new Set<string>();
  let client: Client | null = null;
  let sending = false;
  let closed = false;

  const connect = async (): Promise<void> => {
    const next = new Client({ connectionString: url, application_name: 'context-graph doorbell', keepAlive: true });
    next.on('error', onError);
    next.on('end', () => {
      if (client === next) client = null;
      if (!closed) setTimeout(() => void (closed || connect().catch(onError)), 1_000).unref();
    });
    next.on('notification', (message) => {
      if (message.processId !== (next as unknown as { processID: number }).processID) wake(message.payload ?? '');
    });
    await next.connect();
    await next.query('listen context_graph');
    client = next;
    // Whatever happened while nobody listened: look again, everywhere.
    for (const channel of local.eventNames()) local.emit(channel);
    for (const family of families) family.wake(null);
    void send();
  };

  const send = async (): Promise<void> => {
    const connected = client;
    if (sending || !connected) return;
    sending = true;
    try {
      // A commit rings several bells; they go in one statement.
      await Promise.resolve();
      while (pending.size > 0) {
        const channels = [...pending];
        pending.clear();
        // By its name it is parsed once.
        await connected.query({ name: 'ring', text: "select pg_notify('context_graph', channel) from unnest($1::text[]) channel", values: [channels] });
      }
    } catch (error) {
      if (!closed) onError(error instanceof Error ? error : new Error(String(error)));
    } finally {
      sending = false;
    }
  };

  const ready = connect().catch(onError);
  return {
    ring(channel) {
      wake(channel);
      pending.add(channel);
      void send();
    },
    listen(channel, wake) {
      local.on(channel, wake);
      return () => local.off(channel, wake);
    },
    listenAll(beginning, wakeOne) {
      const family = { beginning, wake: wakeOne };
      families.add(family);
      return () => void families.delete(family);
    },
    get connected() {
      return client !== null;
    },
    async close() {
      closed = true;
      await ready;
      await client?.end();
    },
  };
}
