import { queueMessages } from '../../src/features/sessions/index.ts';
import type { Office } from '../erasure/arrange.ts';
import { agentsOf, heldBy } from '../sessions/agents.ts';

/** A session that is held by somebody, with a step, a message that waits and both contexts; each of them holds the text, and so does the holder's name if it is not given. Returns the arguments of the query. */
export async function plantSession(office: Office, text: string, holder = `agent of ${text}`): Promise<string> {
  const agents = agentsOf(office);
  const place = { inboxId: agents.inboxId, contactId: '4711' };
  const first = heldBy(await agents.start(place.contactId, holder));
  await agents.end(first.id, first.token, { said: text });
  const { id, token } = heldBy(await agents.start(place.contactId, holder));
  await agents.step(id, token, { said: text }, { said: text });
  const caller = { tenantId: office.tenant, actor: { kind: 'machine', id: 'chatwoot' }, requestId: 'plant-session' } as const;
  await office.database.transact(caller, (work) => queueMessages(work, office.seal, [{ ...place, deliveryKey: 'chatwoot:1/1', body: text, sentAt: work.now }]));
  return `(inboxId: ${place.inboxId}, contactId: "${place.contactId}")`;
}
