import { EventEmitter } from 'node:events';

/**
 * Word of new facts on its way from the live bridge to the API processes. It says only whose facts and up to where, and
 * may be lost: who is told reads the tenant's chain, and looks there from time to time all the same.
 */
export interface LiveChannels {
  /** Tells every process that follows the tenant. Never throws, and waits for nobody who is away. */
  announce(tenantId: string, sequence: number): Promise<void>;
  /** Calls `wake` when a tenant's word comes, and when some may have been missed; answers how to stop. */
  follow(tenantId: string, wake: () => void): () => void;
  close(): void;
}

/** The channel of a tenant. */
export const liveChannel = (tenantId: string): string => `live:{${tenantId}}`;

/** Channels within one process. */
export function createInProcessChannels(): LiveChannels {
  const channels = new EventEmitter({ captureRejections: false });
  channels.setMaxListeners(0);
  return {
    async announce(tenantId) {
      channels.emit(liveChannel(tenantId));
    },
    follow(tenantId, wake) {
      channels.on(liveChannel(tenantId), wake);
      return () => void channels.off(liveChannel(tenantId), wake);
    },
    close: () => void channels.removeAllListeners(),
  };
}
