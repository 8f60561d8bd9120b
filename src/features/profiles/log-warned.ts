import type { Call } from '../../platform/graphql/call.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { ProductError } from '../../platform/errors.ts';
import type { FieldUpdateResult } from './update-profile-fields.ts';

/** Logs a value that was taken although it did not pass: by its id alone. */
export function logWarned({ log, tenantId, requestId }: Pick<Call, 'log' | 'tenantId' | 'requestId'>, result: FieldUpdateResult): void {
  if (result instanceof ProductError || result.state !== 'INVALID') return;
  log.warn({ tenantId, requestId, profileField: toGlobalId('ProfileField', result.id) }, 'a profile value did not pass its checks and was taken');
}
