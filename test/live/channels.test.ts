import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInProcessChannels, liveChannel, type LiveChannels } from '../../src/api/live/live-channels.ts';
import { createRedisChannels } from '../../src/api/live/redis-channels.ts';
import type { Log } from '../../src/platform/log.ts';
import { openRedis, type RedisServer } from '../../src/platform/redis/redis.ts';
import { until } from '../harness/program.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';

const available = redisAvailable(import.meta.filename);
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Log;

/** What every kind of channel must do: `from` is the bridge's end, `to` an API process's. */
function channelContract(ends: () => { from: LiveChannels; to: LiveChannels }): void {
  it('wakes whoever follows the tenant, nobody else, and nobody who has stopped', async () => {
    const { from, to } = ends();
    const [ours, theirs] = [randomUUID(), randomUUID()];
    const woken = { one: 0, two: 0, theirs: 0 };
    const stopOne = to.follow(ours, () => void (woken.one += 1));
    const stopTwo = to.follow(ours, () => void (woken.two += 1));
    const stopTheirs = to.follow(theirs, () => void (woken.theirs += 1));
    await until('both are woken', async () => {
      await from.announce(ours, 1);
      return woken.one > 0 && woken.two > 0;
    });
    stopOne();
    const { one, two } = woken;
    await until('the other goes on', async () => {
      await from.announce(ours, 2);
      return woken.two > two;
    });
    expect(woken.one).toBe(one);
    stopTwo();
    await until('the third is woken by its own', async () => {
      await from.announce(theirs, 1);
      return woken.theirs > 0;
    });
    const last = woken.two;
    await from.announce(ours, 3);
    const again = to.follow(ours, () => void (woken.one += 1));
    await until('it can be followed again', async () => {
      await from.announce(ours, 4);
      return woken.one > one;
    });
    expect(woken.two).toBe(last);
    again();
    stopTheirs();
  });
}

describe('channels in the process', () => {
  const channels = createInProcessChannels();
  channelContract(() => ({ from: channels, to: channels }));
});

describe.runIf(available).each([['redis', false], ['a cluster of one node', true]])('channels through %s', (_name, cluster) => {
  let server: TestRedis;
  const opened: RedisServer[] = [];
  let from: LiveChannels;
  let to: LiveChannels;
  beforeAll(async () => {
    server = await startTestRedis({ cluster });
    for (let count = 0; count < 2; count += 1) opened.push(await openRedis({ urls: server.urls, log }));
    [from, to] = opened.map(createRedisChannels) as [LiveChannels, LiveChannels];
  });
  afterAll(async () => {
    for (const redis of opened) await redis.close();
    await server?.close();
  });
  channelContract(() => ({ from, to }));

  const channelsNow = async (): Promise<unknown> => server.client().call('PUBSUB', 'CHANNELS', 'live:*');

  it('carry a place in the chain only, on a channel for each tenant that is followed', async () => {
    const tenant = randomUUID();
    const stop = to.follow(tenant, () => undefined);
    await until('the server knows', async () => JSON.stringify(await channelsNow()) === JSON.stringify([liveChannel(tenant)]));
    const heard: string[] = [];
    const listener = server.client().duplicate();
    listener.on('message', (_channel, message) => heard.push(message));
    await listener.subscribe(liveChannel(tenant));
    await from.announce(tenant, 7);
    await until('it is heard', () => heard.length > 0);
    expect(heard).toEqual(['{"sequence":7}']);
    listener.disconnect();
    stop();
    await until('the server has forgotten', async () => JSON.stringify(await channelsNow()) === '[]');
  });

  it('outlast an outage: what was followed before and what began in it, and both are woken once it is over', async () => {
    const [before, during, left] = [randomUUID(), randomUUID(), randomUUID()];
    const woken = { before: 0, during: 0, left: 0 };
    const stops = [to.follow(before, () => void (woken.before += 1))];
    const stopLeft = to.follow(left, () => void (woken.left += 1));
    await until('it works', async () => {
      await from.announce(before, 1);
      return woken.before > 0;
    });
    await server.stop();
    await until('the loss is noticed', async () => opened[1]?.ask((commands) => commands.ping()).then(() => false, () => true));
    await from.announce(before, 2);
    stops.push(to.follow(during, () => void (woken.during += 1)));
    stopLeft();
    const then = { ...woken };
    await server.start();
    await until('both are woken for what they may have missed', () => woken.before > then.before && woken.during > 0);
    await until('both are woken by what comes', async () => {
      const now = { ...woken };
      await from.announce(before, 3);
      await from.announce(during, 3);
      return woken.before > now.before && woken.during > now.during;
    });
    expect(woken.left).toBe(then.left);
    for (const stop of stops) stop();
  });
});
