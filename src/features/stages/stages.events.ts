import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

/** A tenant's stage catalogue was replaced. */
export const stageCataloguePublished = defineEvent(
  'stage_catalogue.published',
  1,
  'A new version of the tenant\'s stage catalogue is in force; a job derives signals of changed stages again.',
  z.strictObject({ version: z.int() }),
);
