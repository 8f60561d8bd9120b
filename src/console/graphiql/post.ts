import type { FetcherParams } from '@graphiql/toolkit';
import type { ExecutionResult } from 'graphql-ws';
import { failure, isResult } from '../result.ts';

/** Characters of a foreign answer that are shown: enough for a proxy's message, too little to fill the pane. */
const shownLength = 300;

/** Sends one operation by POST and answers its result; a failure to get one is a result with `errors` too. */
export async function post(
  url: string,
  operation: FetcherParams,
  headers: Readonly<Record<string, unknown>> = {},
): Promise<ExecutionResult> {
  let response: Response;
  try {
    const sent = new Headers({
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
    });
    for (const [name, value] of Object.entries(headers)) sent.set(name, String(value));
    response = await fetch(url, { method: 'POST', headers: sent, body: JSON.stringify(operation) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(`No answer from ${url}. Is the server running? (${reason})`);
  }
  const text = await response.text();
  return parseResult(text) ?? failure(foreignAnswer(response, text));
}

function parseResult(text: string): ExecutionResult | null {
  try {
    const body: unknown = JSON.parse(text);
    return isResult(body) ? body : null;
  } catch {
    return null;
  }
}

function foreignAnswer({ status, statusText }: Response, text: string): string {
  const shown = text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').trim();
  const cut = shown.length > shownLength ? `${shown.slice(0, shownLength)}…` : shown;
  return `The server answered ${`${status} ${statusText}`.trim()}, which is not a GraphQL answer${cut ? `: ${cut}` : '.'}`;
}
