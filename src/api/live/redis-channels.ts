import { RedisPubSub, type PubSubRedisOptions } from 'graphql-redis-subscriptions';
import { counter } from '../../platform/metrics.ts';
import type { RedisConnection, RedisServer } from '../../platform/redis/redis.ts';
import { liveChannel, type LiveChannels } from './live-channels.ts';

const unheard = counter('live_announcements_lost_total', 'Announcements of new facts that could not be sent because Redis was away. A rise means that subscribers are told up to a second later.', []);

/** Channels through Redis, between any number of processes. */
export function createRedisChannels(redis: RedisServer): LiveChannels {
  const subscriber = keptSubscriptions(redis.connect(), () => {
    for (const wakes of followers.values()) for (const wake of wakes) wake();
  });
  // The publisher is only asked through `redis.ask`, which does not wait for a server that is away.
  const publisher = { publish: (channel: string, message: string) => redis.ask((commands) => commands.publish(channel, message)) };
  const pubsub = new RedisPubSub({ publisher, subscriber } as unknown as PubSubRedisOptions);
  const followers = new Map<string, Set<() => void>>();

  return {
    async announce(tenantId, sequence) {
      try {
        await pubsub.publish(liveChannel(tenantId), { sequence });
      } catch {
        // The bridge does not wait for Redis: whoever follows the tenant finds the facts when it next looks.
        unheard.inc();
      }
    },
    follow(tenantId, wake) {
      const channel = liveChannel(tenantId);
      const wakes = followers.get(channel) ?? new Set();
      followers.set(channel, wakes.add(wake));
      // It stands at once: what has not reached the server yet is kept by `keptSubscriptions`.
      const subscription = pubsub.subscribe(channel, wake);
      return () => {
        wakes.delete(wake);
        if (wakes.size === 0) followers.delete(channel);
        void subscription.then((id) => pubsub.unsubscribe(id));
      };
    },
    close: () => followers.clear(),
  };
}

/**
 * A connection as RedisPubSub uses it, whose subscriptions outlast an outage. RedisPubSub leaves a rejection unhandled,
 * which would end the process, when a subscription is refused because Redis is away. So here it is always told that it
 * stands; which channels are wanted is kept, and asked for whenever there is a connection. Then `onGap` is called: until
 * then messages may have been missed.
 */
function keptSubscriptions(connection: RedisConnection, onGap: () => void) {
  const wanted = new Set<string>();
  const ask = (channels: readonly string[]): void => {
    if (connection.status === 'ready' && channels.length > 0) connection.subscribe(...channels).then(onGap, () => undefined);
  };
  connection.on('ready', () => ask([...wanted]));
  return {
    on: connection.on.bind(connection),
    subscribe(channel: string, told: (error: null) => void) {
      wanted.add(channel);
      ask([channel]);
      told(null);
    },
    unsubscribe(channel: string) {
      wanted.delete(channel);
      if (connection.status === 'ready') connection.unsubscribe(channel).catch(() => undefined);
    },
    punsubscribe: () => undefined,
  };
}
