import { randomBytes } from 'node:crypto';
import { Conflict, InvalidInput, NotFound, Unauthenticated } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { checkStorable } from '../../platform/storable-text.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';
import type { SecretMaker } from './connector.ts';
import { statePlaces } from './state-places.ts';
import { placesOf } from './vendors.ts';

/** A webhook's secret was made. */
export const webhookSecretCreated = defineEvent('webhook_secret.created', 1, 'A secret was made with which a source signs its webhooks.', z.strictObject({ secretId: z.uuid(), source: z.string() }));

/** A webhook's secret was replaced by another. */
export const webhookSecretRotated = defineEvent(
  'webhook_secret.rotated',
  1,
  'A new secret was made in place of another; both are valid until the old one expires or is revoked.',
  z.strictObject({ secretId: z.uuid(), replacedId: z.uuid(), source: z.string(), replacedExpiresAt: z.iso.datetime().nullable() }),
);

/** A webhook's secret was revoked. */
export const webhookSecretRevoked = defineEvent('webhook_secret.revoked', 1, 'A webhook secret was revoked: webhooks signed with it are refused from then on.', z.strictObject({ secretId: z.uuid(), source: z.string() }));

/** A webhook secret's settings were changed. */
export const webhookSettingsChanged = defineEvent('webhook_secret.settings_changed', 1, 'The settings of a webhook secret were changed: how what its source delivers is read from then on.', z.strictObject({ secretId: z.uuid(), source: z.string() }));

/** A vendor sent the secret with which it signs. */
export const webhookSecretReceived = defineEvent('webhook_secret.received', 1, 'A vendor sent the secret with which it signs its webhooks, in its first request.', z.strictObject({ secretId: z.uuid(), source: z.string() }));

/** A secret that a vendor sent was shown to an administrator. */
export const webhookSecretShown = defineEvent('webhook_secret.shown', 1, 'A secret that a vendor sent was shown to an administrator, which happens once.', z.strictObject({ secretId: z.uuid(), source: z.string() }));

const insert = statement('insert_webhook_secret', 'insert into webhook_secret (tenant_id, id, source, wrapped_secret, encrypted_secret, settings, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8)');

/** A tenant's secret for a source. `id` goes with each webhook and is no secret. */
export interface WebhookSecret {
  readonly id: Id<'WebhookSecret'>;
  /** The key of the signatures; empty while the vendor has not sent it. */
  readonly secret: Buffer;
  /** Whether the secret is a text, whose bytes are the key; otherwise it is shown in hex. */
  readonly isText: boolean;
}

/** What a secret is made with. */
export interface SecretOptions {
  /** OURS when left out. */
  readonly maker?: SecretMaker;
  /** The secret that the vendor made, or that an administrator chose; null or absent: this program makes one, or waits for the vendor's. */
  readonly given?: string | null;
  /** Checked by the connector; none when left out. */
  readonly settings?: unknown;
  /** Where `given` is in the input, for faults; `secret` when left out. */
  readonly path?: readonly string[];
}

/** Makes a secret with which a source signs its webhooks for the tenant, or keeps the one that the vendor made. */
export async function createWebhookSecret(work: Work, seal: Seal, source: string, options: SecretOptions = {}): Promise<WebhookSecret> {
  const made = await insertSecret(work, seal, source, options);
  await statePlaces(work, seal, { before: [], after: placesOf(source, options.settings ?? {}) });
  work.record(webhookSecretCreated.fact({ accountId: null, data: { secretId: made.id, source } }));
  return made;
}

async function insertSecret(work: Work, seal: Seal, source: string, { maker = 'OURS', given = null, settings = {}, path = ['secret'] }: SecretOptions): Promise<WebhookSecret> {
  const text = textOf(maker, given, path);
  const id = work.newId<'WebhookSecret'>();
  const { key, wrapped } = seal.newKey();
  const isOurs = maker === 'OURS';
  await work.rows(insert, [work.tenantId, id, source, wrapped, text === null ? null : seal.seal(key, text), JSON.stringify(settings), work.now, work.actor.id]);
  return { id, secret: isOurs ? key : Buffer.from(text ?? ''), isText: !isOurs };
}

const shortestSecret = 16;
const longestSecret = 500;

/** The secret as a text; null where it is none, or has not arrived yet. */
function textOf(maker: SecretMaker, given: string | null, path: readonly string[]): string | null {
  if (given === null) {
    if (maker === 'VENDOR') throw new InvalidInput('secret is required: the vendor makes it. Copy it from the settings of the app at the vendor.', path);
    return maker === 'TEXT' ? randomBytes(32).toString('hex') : null;
  }
  if (maker === 'OURS') throw new InvalidInput('secret must be left out for this source: this program makes it.', path);
  if (given.trim() !== given || given.length < shortestSecret || given.length > longestSecret) throw new InvalidInput(`secret must have ${shortestSecret} to ${longestSecret} characters, without blanks at its ends.`, path);
  checkStorable(given, path);
  return given;
}

const lock = statement<{ source: string; settings: unknown; wrapped: Buffer; sealed: Buffer | null; shownAt: string | null; expiresAt: string | null; revokedAt: string | null }>('lock_webhook_secret', 'select source, settings, wrapped_secret as wrapped, encrypted_secret as sealed, secret_shown_at as "shownAt", expires_at as "expiresAt", revoked_at as "revokedAt" from webhook_secret where tenant_id = $1 and id = $2 for update');
const expire = statement('expire_webhook_secret', 'update webhook_secret set expires_at = least(expires_at, $3) where tenant_id = $1 and id = $2');
const revoke = statement('revoke_webhook_secret', 'update webhook_secret set revoked_at = $3 where tenant_id = $1 and id = $2');
const changeSettings = statement('change_webhook_settings', 'update webhook_secret set settings = $3 where tenant_id = $1 and id = $2');
const keepText = statement('keep_first_webhook_secret', 'update webhook_secret set encrypted_secret = $3 where tenant_id = $1 and id = $2');
const noteShown = statement('note_webhook_secret_shown', 'update webhook_secret set secret_shown_at = $3 where tenant_id = $1 and id = $2');
const noSuchSecret = (): NotFound => new NotFound('There is no such webhook secret.', ['id']);

/** How a secret is replaced by another. */
export interface Rotation {
  readonly id: Id<'WebhookSecret'>;
  readonly oldExpiresAt: string | null;
  readonly given: string | null;
  /** Who makes the secrets of a source. */
  readonly makerOf: (source: string) => SecretMaker;
}

/**
 * Makes a new secret in place of one, with its settings. The old one stays valid until it is revoked, or until `oldExpiresAt` where that is
 * given, so that the source can change over in between. Throws `Conflict` if the old one is no longer valid.
 */
export async function rotateWebhookSecret(work: Work, seal: Seal, { id, oldExpiresAt, given, makerOf }: Rotation): Promise<WebhookSecret> {
  const [old] = await work.rows(lock, [work.tenantId, id]);
  if (!old) throw noSuchSecret();
  if (old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= work.now)) throw new Conflict('The secret is no longer valid. Make a new one with createWebhookSecret.', ['id']);
  if (oldExpiresAt !== null && oldExpiresAt <= work.now) throw new InvalidInput('oldExpiresAt must be in the future. To end the old secret at once, revoke it.', ['oldExpiresAt']);
  const made = await insertSecret(work, seal, old.source, { maker: makerOf(old.source), given, settings: old.settings });
  if (oldExpiresAt !== null) await work.rows(expire, [work.tenantId, id, oldExpiresAt]);
  work.record(webhookSecretRotated.fact({ accountId: null, data: { secretId: made.id, replacedId: id, source: old.source, replacedExpiresAt: oldExpiresAt } }));
  return made;
}

/** Changes how what a source delivers is read from now on. `check`: the settings of a source, checked. */
export async function changeWebhookSettings(work: Work, seal: Seal, { id, check }: { readonly id: Id<'WebhookSecret'>; readonly check: (source: string) => unknown }): Promise<void> {
  const [found] = await work.rows(lock, [work.tenantId, id]);
  if (!found) throw noSuchSecret();
  const settings = check(found.source);
  await work.rows(changeSettings, [work.tenantId, id, JSON.stringify(settings)]);
  await statePlaces(work, seal, { before: placesOf(found.source, found.settings), after: placesOf(found.source, settings) });
  work.record(webhookSettingsChanged.fact({ accountId: null, data: { secretId: id, source: found.source } }));
}

/** Keeps the secret that a vendor sent with its first request. Throws `Unauthenticated` if one is known already. */
export async function keepFirstSecret(work: Work, seal: Seal, { id, text }: { readonly id: Id<'WebhookSecret'>; readonly text: string }): Promise<void> {
  const [found] = await work.rows(lock, [work.tenantId, id]);
  if (!found || found.sealed !== null || found.revokedAt !== null) throw new Unauthenticated('A secret has arrived for this webhook already. Make a new one with createWebhookSecret to connect again.');
  await work.rows(keepText, [work.tenantId, id, seal.seal(seal.unwrap(found.wrapped), text)]);
  work.record(webhookSecretReceived.fact({ accountId: null, data: { secretId: id, source: found.source } }));
}

/** The secret that a vendor sent, once: for the administrator who has to enter it at the vendor. Throws `Conflict` if none has arrived, or if it was shown before. */
export async function showReceivedSecret(work: Work, seal: Seal, { id, makerOf }: Pick<Rotation, 'id' | 'makerOf'>): Promise<string> {
  const [found] = await work.rows(lock, [work.tenantId, id]);
  if (!found) throw noSuchSecret();
  if (makerOf(found.source) !== 'FIRST_REQUEST') throw new Conflict('Only a secret that the vendor sends can be shown.', ['id']);
  const text = seal.open(found.wrapped, found.sealed);
  if (text === null) throw new Conflict('The vendor has not sent its secret yet. Create the subscription at the vendor with the URL of this webhook first.', ['id']);
  if (found.shownAt !== null) throw new Conflict('The secret was shown before. Make a new one with createWebhookSecret, and a new subscription at the vendor.', ['id']);
  await work.rows(noteShown, [work.tenantId, id, work.now]);
  work.record(webhookSecretShown.fact({ accountId: null, data: { secretId: id, source: found.source } }));
  return text;
}

/** Revokes a secret. One that was revoked before stays so, and nothing is recorded. */
export async function revokeWebhookSecret(work: Work, id: Id<'WebhookSecret'>): Promise<void> {
  const [found] = await work.rows(lock, [work.tenantId, id]);
  if (!found) throw noSuchSecret();
  if (found.revokedAt !== null) return;
  await work.rows(revoke, [work.tenantId, id, work.now]);
  work.record(webhookSecretRevoked.fact({ accountId: null, data: { secretId: id, source: found.source } }));
}

/** The key of the signatures: the secret's text, else the key itself. */
export function keyOf(seal: Seal, { wrapped, sealed }: { readonly wrapped: Buffer; readonly sealed: Buffer | null }): Buffer {
  return sealed === null ? seal.unwrap(wrapped) : Buffer.from(seal.open(wrapped, sealed) ?? '');
}

const latest = statement<{ id: Id<'WebhookSecret'>; wrapped: Buffer; sealed: Buffer | null }>(
  'latest_webhook_secret',
  'select id, wrapped_secret as wrapped, encrypted_secret as sealed from webhook_secret where tenant_id = $1 and source = $2 and revoked_at is null and (expires_at is null or expires_at > $3) order by created_at desc, id desc limit 1',
);

/** The tenant's latest valid secret for a source; null when it has none. */
export async function latestWebhookSecret(work: Work, seal: Seal, source: string): Promise<WebhookSecret | null> {
  const [row] = await work.rows(latest, [work.tenantId, source, work.now]);
  return row ? { id: row.id, secret: keyOf(seal, row), isText: row.sealed !== null } : null;
}
