import { chainHash, chainStart, type AuditEntry } from '../../src/platform/postgres/audit-chain.ts';
import { arrange, crm, dataOf, samples, type Arranged } from '../accounts/arrange.ts';
import type { ProgramOptions } from '../../src/app/compose.ts';

/** What a mutation of these tests answers: its type and whatever it selects. */
export type Answer = { readonly __typename: string } & Record<string, never>;

/** A program, and short words for privacy officers. */
export interface Office extends Arranged {
  run<Data>(query: string, variables?: Record<string, unknown>, role?: 'viewer' | 'agent' | 'privacy_officer' | 'admin'): Promise<Data>;
  preview(email: string): Promise<{ digest: string; items: { kind: string; count: number; kept: boolean; reason: string }[] }>;
  /** Erases by the digest given, or by that of a preview made now. */
  erase(email: string, digest?: string): Promise<Answer>;
  grant(email: string, more?: Record<string, unknown>): Promise<Answer>;
  revoke(email: string): Promise<Answer>;
}

const errors = '... on UserError { message code path } ... on ErasurePreviewOutdated { preview { digest items { kind count } } }';

/** Opens an office. */
export async function openOffice(options: Partial<ProgramOptions> = {}): Promise<Office> {
  const program = await arrange(options);
  const run: Office['run'] = async (query, variables = {}, role = 'privacy_officer') => dataOf(await program.query<never, Record<string, unknown>>(query, variables, { role }));
  const preview: Office['preview'] = async (email) =>
    (await run<{ erasurePreview: never }>('query($email: String!) { erasurePreview(email: $email) { digest items { kind count kept reason } } }', { email })).erasurePreview;
  return {
    ...program,
    run,
    preview,
    async erase(email, digest) {
      return (await run<{ eraseSubject: never }>(
        `mutation($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename ... on ErasureReceipt { id completedAt previewDigest statement signature publicKey keyId verified items { kind count kept reason } } ${errors} } }`,
        { email, digest: digest ?? (await preview(email)).digest },
      )).eraseSubject;
    },
    async grant(email, more = {}) {
      return (await run<{ grantConsent: never }>('mutation($input: ConsentInput!) { grantConsent(input: $input) { __typename ... on Consent { id granted version } ... on UserError { message code } } }', { input: { email, purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', source: 'web form', ...more } })).grantConsent;
    },
    async revoke(email) {
      return (await run<{ revokeConsent: never }>('mutation($input: ConsentRevocationInput!) { revokeConsent(input: $input) { __typename ... on Consent { id granted version } ... on UserError { message code } } }', { input: { email, purpose: 'OUTREACH', channel: 'EMAIL' } })).revokeConsent;
    },
  };
}

/** A person who turns up wherever one can. */
export interface Marked {
  /** In lower case; part of everything below but the number. */
  readonly marker: string;
  readonly name: string;
  readonly email: string;
  readonly earlier: string;
  readonly phone: string;
  readonly digits: string;
}

/** Makes up a person. */
export function markedPerson(marker: string): Marked {
  const digits = `49151${[...marker].map((letter) => letter.charCodeAt(0) % 10).join('')}`;
  return { marker, name: `Marlo ${marker.toUpperCase()}`, email: `${marker}@example.com`, earlier: `marlo.${marker}@old.example`, phone: `+${digits.slice(0, 2)} ${digits.slice(2, 5)} ${digits.slice(5)}`, digits };
}


/** Tells of the person in every way there is to tell of anything; answers the account. */
export async function plant(office: Office, person: Marked): Promise<string> {
  const { name, email, earlier, phone, marker } = person;
  const account = await office.account(`acme-${person.digits.slice(-4)}`, { name: `Acme, founded by ${name}`, website: `https://acme.example/${email}`, owner: { name, email }, csm: { name: 'Somebody else', email: 'else@example.com' }, onboardingStatus: `waits for ${email}`, championStatus: `${name} left` });
  const upsert = async (plural: string, id: string, more: Record<string, unknown>): Promise<void> => {
    const { results } = await office.upsert(plural, [{ account: { id: account }, externalRef: crm(id), ...more }]);
    if (results[0]?.id === undefined) throw new Error(`${plural} was refused: ${JSON.stringify(results)}`);
  };
  // Twice, so that the first is in the history; the first contact had another address.
  for (const [turn, address] of [[1, earlier], [2, email]] as const) {
    await upsert('contacts', `contact-${person.digits.slice(-4)}`, { name, email: address, title: `${name}, CTO ${turn}`, role: `Evaluator ${marker}` });
    await upsert('contacts', `by-${email}`, { name: `${name} ${turn}`, email });
    for (const [plural, [first]] of Object.entries(samples)) {
      if (plural === 'contacts') continue;
      const texts = Object.fromEntries(Object.entries(first).map(([field, value]) => [field, mark(field, value, `${name} <${email}> ${phone} ${turn}`)]));
      await upsert(plural, `${plural}/${email}`, texts);
    }
    office.clock.advance(60_000);
  }
  await office.ingest([
    { account: { id: account }, type: 'meeting', source: 'calendar', sourceEventId: `${email}/1`, payload: { attendee: { email, name }, [email]: phone, list: [`"${name}" <${email.toUpperCase()}>`] } },
    { account: { id: account }, type: 'meeting', source: 'calendar', payload: { attendee: email } },
    { account: { externalRef: crm(`elsewhere-${person.digits.slice(-3)}`) }, type: 'meeting', source: 'calendar', payload: { attendee: email, dial: person.digits } },
  ]);
  const profileId = account.replace('Account_', 'Profile_');
  const field = (input: Record<string, unknown>): Promise<unknown> => office.run(`mutation($input: ProfileFieldInput!) { updateProfileField(input: $input) { __typename ... on ProfileField { id } ... on UserError { message path } } }`, { input: { profileId, ...input } }, 'agent');
  await field({ name: 'first_contact', value: name, subjectEmail: email, sourceMetadata: { said: name } });
  await field({ name: 'first_contact', value: `${name} again`, subjectEmail: email });
  await field({ name: 'direct_line', value: phone, valueType: 'PHONE', subjectEmail: email });
  await field({ name: 'reply_to', value: email, valueType: 'EMAIL' });
  await field({ name: 'summary', value: `They want ${name} to decide`, sourceMetadata: { from: email } });
  await field({ name: 'headcount', value: 50 });
  for (const [title, more] of [[`CV of ${name}`, { subjectEmail: email }], ['Call notes', {}], [`Minutes with ${email}`, {}]] as const) {
    await office.run('mutation($input: ProfileAssetInput!) { saveProfileAsset(input: $input) { __typename ... on UserError { message } } }', { input: { profileId, name: title, text: `Spoke with ${name} (${email}, ${phone}). Budget is approved.`, ...more } }, 'agent');
  }
  await office.run('mutation($input: ScenarioInput!) { saveScenario(input: $input) { __typename } }', { input: { name: `Renewal ${account}`, conditions: `Ask ${email} first` } }, 'admin');
  await office.grant(email, { source: `form of ${name}` });
  await office.grant(earlier, { purpose: 'MARKETING' });
  await office.admin.query(
    `insert into dead_letter (id, consumer_group, topic, partition, "offset", event, error_name, error_message, attempts, failed_at)
     values (gen_random_uuid(), 'orchestration', 'x', 0, floor(random() * 1e9), $1, 'Error', $2, 3, now())`,
    [JSON.stringify({ tenantId: office.tenant, data: { to: email } }), `could not write to ${email}`],
  );
  return account;
}

/** Fields that are names of kinds, numbers, days or ids, and hold no text of people. */
const fixed = new Set(['statusCategory', 'priority', 'noteType', 'playbookId', 'executionId', 'productId', 'probability']);

function mark(field: string, value: unknown, text: string): unknown {
  if (fixed.has(field) || /(At|On|Of|Date|Since)$/.test(field)) return value;
  if (Array.isArray(value)) return [text];
  if (field === 'url') return `https://x.example/?q=${text}`;
  if (field === 'status' && /^[A-Z]+$/.test(String(value))) return value;
  return typeof value === 'string' || ['note', 'nextStep'].includes(field) ? text : value;
}

/** The number of audit rows whose hashes hold, and the first that does not. */
export async function verifyChain(office: Office): Promise<{ length: number; broken: number | null }> {
  const rows = (await office.rows(
    `select sequence::int, id, kind, account_id as "accountId", actor_kind as "actorKind", actor_id as "actorId", request_id as "requestId", occurred_at as "occurredAt", recorded_at as "recordedAt", data, previous_hash as "previousHash", hash
     from audit_logs where tenant_id = $1 order by sequence`, [office.tenant])) as unknown as (AuditEntry & { previousHash: Buffer; hash: Buffer; occurredAt: unknown; recordedAt: unknown })[];
  let previous = chainStart;
  for (const [index, row] of rows.entries()) {
    const entry = { ...row, occurredAt: new Date(row.occurredAt).toISOString(), recordedAt: new Date(row.recordedAt).toISOString() };
    if (row.sequence !== index + 1 || !row.previousHash.equals(previous) || !row.hash.equals(chainHash(previous, entry))) return { length: rows.length, broken: index + 1 };
    previous = row.hash;
  }
  return { length: rows.length, broken: null };
}
