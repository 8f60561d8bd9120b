import { randomBytes } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { startProgram, type Program, type ProgramOptions } from '../../src/app/compose.ts';
import { roles } from '../../src/app/config.ts';
import { createTenant } from '../../src/app/create-tenant.ts';
import { mintToken, type Role } from '../../src/features/access/index.ts';
import { FrozenClock } from '../../src/platform/clock.ts';
import type { Id } from '../../src/platform/ids.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** When tests take place, unless they say otherwise. */
export const startOfTest = '2026-11-21T09:00:00.000Z';
const secret = 'a secret that only the tests know, 32 bytes and more';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The program as it runs in production, on a database and a clock of the test's own. */
export interface TestProgram extends Program {
  readonly url: string;
  readonly clock: FrozenClock;
  readonly testDatabase: TestDatabase;
  readonly masterKey: Buffer;
  /** What tokens are signed with. */
  readonly secret: string;
  /** Two tenants: most tests look from the first and hide things in the second. */
  readonly tenant: Id<'Tenant'>;
  readonly otherTenant: Id<'Tenant'>;
  /** A token of a role, of the first tenant unless said otherwise. */
  token(role?: Role, more?: { tenant?: string; subject?: string; hours?: number; claims?: Record<string, unknown> }): Promise<string>;
  /** Sends an operation; answers what came back, whatever its status. */
  query<Data, Variables extends Record<string, unknown>>(document: TypedDocumentNode<Data, Variables> | string, variables?: Variables, options?: { role?: Role; token?: string }): Promise<QueryAnswer<Data>>;
  /** Every line that the program logged. */
  readonly logged: readonly { level: string; fields: Record<string, unknown>; message: string }[];
  close(): Promise<void>;
}

/** What an operation was answered. */
export interface QueryAnswer<Data> {
  readonly status: number;
  readonly data: Data | null | undefined;
  readonly errors: readonly { message: string; path?: readonly (string | number)[]; extensions: Record<string, unknown> }[] | undefined;
}

/** Starts the program for a test file; or one more process of it, beside another on its database, clock and tenants. */
export async function startTestProgram({ slug = 'aurora', ...options }: Partial<ProgramOptions> & { slug?: string } = {}, beside?: TestProgram): Promise<TestProgram> {
  const testDatabase = beside?.testDatabase ?? (await createTestDatabase());
  const clock = beside?.clock ?? (options.clock instanceof FrozenClock ? options.clock : new FrozenClock(startOfTest));
  const logged: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const note = (level: string) => (fields: unknown, message?: string) => void logged.push({ level, fields: fields as Record<string, unknown>, message: message ?? String(fields) });
  const masterKey = randomBytes(32);
  const issued = { secret, issuer: 'test-issuer', audience: 'test-audience' };
  const program = await startProgram({
    roles,
    databaseUrl: testDatabase.url,
    connections: 12,
    host: '127.0.0.1',
    port: 0,
    keys: { secret },
    issuer: issued.issuer,
    audience: issued.audience,
    masterKey: beside?.masterKey ?? masterKey,
    origins: [],
    trustedHops: 0,
    log: { ...silent, debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') } as never,
    clock,
    // Tests write as the owner, past the audit chain; those of finished answers give them memory.
    answerBytes: 0,
    ...options,
  });
  const tenant = beside?.tenant ?? (await createTenant(program.database, program.newId, { slug, name: 'Aurora', highIntentThreshold: 75 }));
  const otherTenant = beside?.otherTenant ?? (await createTenant(program.database, program.newId, { slug: `${slug}-other`, name: 'Borealis', highIntentThreshold: 75 }));
  const token: TestProgram['token'] = (role = 'admin', more = {}) => mintToken({ ...issued, clock, tenantId: more.tenant ?? tenant, subject: more.subject ?? `test-${role}`, roles: [role], hours: more.hours ?? 8, claims: more.claims });
  if (program.url === null) throw new Error('the test program has no API');
  const { url } = program;
  return {
    ...program,
    url,
    clock,
    testDatabase,
    masterKey: beside?.masterKey ?? masterKey,
    secret,
    tenant,
    otherTenant,
    token,
    logged,
    async query(document, variables, { role = 'admin', token: given } = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${given ?? (await token(role))}` },
        body: JSON.stringify({ query: typeof document === 'string' ? document : print(document), variables }),
      });
      const { data, errors } = (await response.json()) as QueryAnswer<never>;
      return { status: response.status, data, errors };
    },
    async close() {
      await program.stop();
      if (!beside) await testDatabase.drop();
    },
  };
}

/** Waits until a condition holds: asks again each few milliseconds, at most so long, ten seconds unless told otherwise. */
export async function until<Value>(what: string, ask: () => Promise<Value | null | undefined | false> | Value | null | undefined | false, most = 10_000): Promise<Value> {
  const end = performance.now() + most;
  for (;;) {
    const value = await ask();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`it did not come about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
