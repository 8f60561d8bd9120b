import { AsyncLocalStorage } from 'node:async_hooks';

/** The id of the HTTP request that is being served: for errors of libraries that come before there is a call. */
export const currentRequestId = new AsyncLocalStorage<string>();
