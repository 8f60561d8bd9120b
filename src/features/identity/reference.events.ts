import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

const about = {
  nodeType: z.string().describe('The type of the node.'),
  nodeId: z.uuid().describe('The node.'),
  system: z.string().describe('The system whose reference it is. The id there may name a person, so no fact holds it.'),
};

/** A node got one more external reference. */
export const referenceLinked = defineEvent('reference.linked', 1, 'An external reference was linked to a node.', z.strictObject(about));

/** A node lost an external reference. */
export const referenceUnlinked = defineEvent('reference.unlinked', 1, 'An external reference was unlinked from a node. Reads at earlier instants still show it.', z.strictObject(about));

/** The kinds of events about references. */
export const referenceEvents = [referenceLinked, referenceUnlinked] as const;
