import { createPostgresBus } from '../../../src/platform/events/postgres-bus.ts';
import { busContract } from './bus-contract.ts';

busContract('the bus on Postgres', async (parts, backbone) => {
  const bus = createPostgresBus({ ...parts, lookEvery: 50 });
  const groups = new Set<string>();
  return {
    bus: {
      ...bus,
      consume(consumer) {
        groups.add(consumer.group);
        return bus.consume(consumer);
      },
    },
    async crash() {
      for (const group of groups) await backbone.cut(`context-graph ${group}`);
    },
    close: async () => undefined,
  };
});
