import { z } from 'zod';

/** How events are read. */
export const notionSettings = z.strictObject({
  /** The workspace; events of others are ignored. Without it all are read. */
  workspaceId: z.uuid('workspaceId must be the id of a Notion workspace').optional(),
});
