import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import type { Connector, SecretMaker } from './connector.ts';
import type { AccountPlace } from './state-places.ts';
import { chatwoot } from './chatwoot/connector.ts';
import { hubspot } from './hubspot/connector.ts';
import { jira } from './jira/connector.ts';
import { notion } from './notion/connector.ts';
import { salesforce } from './salesforce/connector.ts';
import { slack } from './slack/connector.ts';

/** Every vendor, registered here and nowhere else. */
export const vendors: readonly Connector[] = [salesforce, jira, slack, notion, hubspot, chatwoot];

const vendorOf = (source: string): Connector | undefined => vendors.find((vendor) => vendor.source === source);

/** Who makes the secrets of a source. */
export const secretMakerOf = (source: string): SecretMaker => vendorOf(source)?.secretMaker ?? 'OURS';

/** The places that checked settings of a source give to accounts. */
export const placesOf = (source: string, settings: unknown): readonly AccountPlace[] => vendorOf(source)?.places?.(settings) ?? [];

/** The path that a source calls. */
export function webhookPath(source: string, id: string, { secret, settings }: { readonly secret: Buffer; readonly settings: unknown }): string {
  const more = vendorOf(source)?.pathQuery?.(secret, settings);
  return `/api/integrations/${source}/webhook?id=${id}${more === undefined ? '' : `&${more}`}`;
}

/** Those settings of a connection that webhooks of the vendor have, too: where both read alike, they are entered once. */
export function settingsOfWebhook(source: string, settings: object): object {
  const schema = vendorOf(source)?.settings;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return Object.fromEntries(Object.entries(settings).filter(([name]) => known.includes(name)));
}

/** Settings as they are kept. Throws `InvalidInput` with the place of the fault. */
export function checkSettings(source: string, settings: object, path: readonly string[] = ['settings']): unknown {
  const schema = vendorOf(source)?.settings ?? null;
  if (schema === null) {
    if (Object.keys(settings).length > 0) throw new InvalidInput('This source has no settings. Leave settings out.', path);
    return {};
  }
  const read = schema.safeParse(settings);
  if (read.success) return settings;
  const [issue] = read.error.issues;
  throw new InvalidInput(`${issue?.message ?? 'The settings cannot be read'}. docs/connectors.md lists the settings of each source.`, [...path, ...(issue?.path.map(String) ?? [])]);
}
