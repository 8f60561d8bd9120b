import type { Work } from '../../platform/postgres/work.ts';

/** How long an executor that began has to say how it went; calls themselves are given up sooner. Milliseconds. */
export const executionLease = 60_000;
/** When a call outside is given up. Milliseconds. */
export const executeWithin = 30_000;
/** The first pause after a refusal; it doubles. Milliseconds. */
export const firstPause = 30_000;

/** An instant some time from now. RFC 3339. */
export const later = (work: Work, milliseconds: number): string => new Date(Date.parse(work.now) + milliseconds).toISOString();
