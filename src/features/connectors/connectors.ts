import type { Connector } from './connector.ts';
import { jsonSource, type ReadInput } from './json-source.ts';
import { salesforce } from './salesforce.ts';

/** Every source of webhooks, registered here and nowhere else, by its name in the route. */
export function createConnectors(readInput: ReadInput): ReadonlyMap<string, Connector> {
  return new Map([salesforce, jsonSource(readInput)].map((connector) => [connector.source, connector]));
}
