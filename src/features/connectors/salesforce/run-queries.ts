import { z } from 'zod';
import { exactJson } from '../../../platform/exact-json.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { apiVersion, type SalesforceClient } from './client.ts';
import { SalesforceRefusal } from './refusal.ts';
import { queryAnswer } from './soql.ts';

/** Queries of one request. A composite request takes five, and counts as one of the daily API requests. */
export const mostTogether = 5;

/** How queries are asked. */
export interface QueryOptions {
  readonly operation: string;
  readonly quotaPercent?: number;
}

/** The records that a query found. */
export interface FoundRecords {
  readonly records: readonly unknown[];
  /** How many there are in all. */
  readonly total: number;
  /** Whether the answer holds all that the query asked for. */
  readonly isWhole: boolean;
}

const composite = z.looseObject({ compositeResponse: z.array(z.looseObject({ httpStatusCode: z.number(), body: z.unknown() })) });

/** Runs up to five queries in one request, deleted records included. Throws `VendorFault`. */
export async function runQueries(client: SalesforceClient, queries: readonly string[], options: QueryOptions): Promise<readonly FoundRecords[]> {
  const [only] = queries;
  if (only === undefined) return [];
  const path = (query: string): string => `/services/data/v${apiVersion}/queryAll?q=${encodeURIComponent(query)}`;
  if (queries.length === 1) return [toFound(await client.request({ ...options, isIdempotent: true, method: 'GET', path: path(only), check: toFound }))];
  const body = { allOrNone: false, compositeRequest: queries.map((query, index) => ({ method: 'GET', url: path(query), referenceId: `query${index}` })) };
  const toAll = (answer: unknown): FoundRecords[] => {
    const parts = composite.safeParse(answer).data?.compositeResponse;
    if (parts?.length !== queries.length) throw unreadable();
    for (const { httpStatusCode, body: part } of parts) if (httpStatusCode >= 300) throw new SalesforceRefusal(httpStatusCode, part);
    return parts.map(({ body: part }) => toFound(part));
  };
  return toAll(await client.request({ ...options, isIdempotent: true, method: 'POST', path: '/composite', body, check: toAll }));
}

function toFound(body: unknown): FoundRecords {
  const read = queryAnswer.safeParse(exactJson(body));
  if (!read.success) throw unreadable();
  return { records: read.data.records, total: read.data.totalSize, isWhole: read.data.done };
}

const unreadable = (): VendorFault => new VendorFault('UNREADABLE', 'The answer of Salesforce to a query has an unexpected shape.');
