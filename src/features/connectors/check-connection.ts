import { InvalidInput } from '../../platform/errors.ts';
import { checkStorable } from '../../platform/storable-text.ts';
import { checkSchema } from './check-schema.ts';
import type { VendorApi } from './outbound/vendor-api.ts';
import { vendorApis } from './outbound/vendor-apis.ts';

/** Credentials or settings as an administrator gives them; null: they stay as they are. */
export interface GivenConnection {
  readonly credentials: object | null;
  readonly settings: object | null;
}

/** The API of a vendor. Throws `InvalidInput` where this program cannot call it. */
export function vendorApiOf(source: string, path: readonly string[]): VendorApi {
  const api = vendorApis.find((each) => each.source === source);
  if (!api) throw new InvalidInput(`This version cannot call ${source}.`, path);
  return api;
}

/** Checks credentials and settings by the vendor's schemas. Throws `InvalidInput` with the place of the fault, and what was given in no message. */
export function checkConnection(api: VendorApi, { credentials, settings }: GivenConnection, path: readonly string[]): void {
  if (credentials !== null) {
    checkStorable(credentials, [...path, 'credentials']);
    checkSchema(api.credentials, credentials, [...path, 'credentials']);
  }
  if (settings === null) return;
  checkStorable(settings, [...path, 'settings']);
  checkSchema(api.settings, settings, [...path, 'settings']);
}
