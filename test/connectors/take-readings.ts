import { takeDeliveries, toDelivery } from '../../src/features/connectors/take-delivery.ts';
import type { Reading } from '../../src/features/connectors/reading.ts';
import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import type { Arranged } from '../accounts/arrange.ts';

/** Takes readings in as deliveries of a vendor, each in a transaction of its own. */
export async function takeReadings(program: Arranged, { source, webhook }: { readonly source: string; readonly webhook: Pick<WebhookSecret, 'id'> }, readings: readonly Reading[]): Promise<void> {
  for (const reading of readings) {
    const caller = { tenantId: program.tenant, actor: { kind: 'machine' as const, id: webhook.id }, requestId: 'test' };
    await program.database.transact(caller, (work) => takeDeliveries(work, program.seal, [toDelivery({ source, reading, body: null, secretId: webhook.id }, caller.requestId)]));
  }
}
