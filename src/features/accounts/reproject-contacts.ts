import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { contacts } from './contact.ts';
import { projectRecords } from './project-records.ts';
import { loadStates } from './state-nodes.ts';

/** Projects contacts, and those that are one with them, again from what is stored. Their accounts must be locked. */
export async function reprojectContacts(work: Work, seal: Seal, contactIds: readonly string[]): Promise<void> {
  await projectRecords(work, seal, contacts, await loadStates(work, seal, contacts, contactIds));
}
