import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Log } from '../platform/log.ts';
import { counter } from '../platform/metrics.ts';
import { contextUpdated } from '../features/scoring/index.ts';

const group = 'orchestration';
const crossings = counter('intent_crossings_total', 'Threshold crossings that orchestration took in, by direction. A rise of UP means accounts with a case for action.', ['direction']);

/** context.updated → the crossings of the high-intent threshold: what may become an action begins here. */
export function startOrchestration(bus: Bus, log: Log): Promise<RunningConsumer> {
  return bus.consume({
    group,
    topics: [contextUpdated.kind],
    batchSize: 200,
    async handle(batch) {
      for (const event of batch) {
        const { accountId, crossed, current } = contextUpdated.parse(event);
        if (crossed === null) continue;
        crossings.inc({ direction: crossed });
        log.info({ tenantId: event.tenantId, accountId, requestId: event.requestId, crossed, score: current }, 'the high-intent threshold was crossed');
      }
    },
  });
}
