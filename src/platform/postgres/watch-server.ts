import { Client } from 'pg';

/** Whether a server answers, found out apart from what is asked of it. */
export interface ServerWatch {
  /** True once the server has been silent for longer than patience allows, until it answers again. */
  readonly silent: boolean;
  close(): Promise<void>;
}

/** What watching takes. */
export interface WatchOptions {
  readonly url: string;
  /** How long after an answer the next question is asked. Milliseconds. */
  readonly every: number;
  /** How long an answer may take; more than a starved machine needs. Milliseconds. */
  readonly patience: number;
  /** The server has fallen silent: whoever waits for it waits in vain. */
  onSilence(): void;
}

/**
 * Asks a server again and again whether it is there. One that is gone refuses connections, and whoever asks learns of it
 * at once; one that stands still, or a network that swallows everything, takes questions and never answers. Only a
 * question with a time limit of its own tells that from a long statement.
 */
export function watchServer({ url, every, patience, onSilence }: WatchOptions): ServerWatch {
  let client: Client | null = null;
  let silent = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const ask = async (): Promise<void> => {
    if (!client) {
      const fresh = new Client({ connectionString: url, application_name: 'context-graph watch', connectionTimeoutMillis: patience, query_timeout: patience, keepAlive: true });
      fresh.on('error', () => undefined);
      client = fresh;
      await fresh.connect();
    }
    await client.query('select');
  };

  const look = async (): Promise<void> => {
    const began = performance.now();
    try {
      await ask();
      silent = false;
    } catch {
      client?.end().catch(() => undefined);
      client = null;
      // A refusal comes at once: then the others are refused, too, and need not be told.
      const wasSilent = silent;
      silent = performance.now() - began >= patience;
      if (silent && !wasSilent && !closed) onSilence();
    }
    if (!closed) timer = setTimeout(() => void look(), every).unref();
  };
  timer = setTimeout(() => void look(), every).unref();

  return {
    get silent() {
      return silent;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
