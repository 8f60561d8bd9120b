import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Landed } from '../src/platform/postgres/recorded-steps.ts';

const digests = z.record(z.string(), z.string());
const file = z.strictObject({ steps: digests, schemas: z.array(z.strictObject({ last: z.string(), catalog: digests })), withdrawn: z.array(z.string()) });

/** What has landed, and is never changed: `landed.json`, which `npm run record-landing` adds to. */
export const landed: Landed = file.parse(JSON.parse(readFileSync(new URL('landed.json', import.meta.url), 'utf8')));
