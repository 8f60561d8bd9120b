import type { Connector } from './connector.ts';
import { jsonSource, type ReadInput } from './json-source.ts';
import { vendors } from './vendors.ts';

/** Every source of webhooks by its name in the route: the vendors, and any system that sends the documented JSON. */
export function createConnectors(readInput: ReadInput): ReadonlyMap<string, Connector> {
  return new Map([...vendors, jsonSource(readInput)].map((connector) => [connector.source, connector]));
}
