export { contextEvents } from './context.events.ts';
export { contextCache, refreshedContexts } from './context.queries.ts';
