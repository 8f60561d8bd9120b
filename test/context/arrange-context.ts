import { FrozenClock } from '../../src/platform/clock.ts';
import type { ProgramOptions } from '../../src/app/compose.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { sampleInstant, sampleStatements } from './sample.ts';

/** Starts a program whose clock stands at the sample's instant. */
export const arrangeContext = (options: Partial<ProgramOptions> = {}): Promise<Arranged> => arrange({ clock: new FrozenClock(sampleInstant), ...options });

/** States the sample as its four sources would; the id of its account. */
export async function stateSample(program: Arranged): Promise<string> {
  let id = '';
  for (const [plural, input] of sampleStatements) {
    const { rejected, results } = plural === 'accounts' ? await program.upsertAccounts(input) : await program.upsert(plural, input);
    if (rejected > 0) throw new Error(`the sample was refused: ${JSON.stringify(results)}`);
    if (plural === 'accounts') id = results[0]?.id ?? '';
  }
  return id;
}

/** What contexts answer in tests. */
export interface ContextAnswer {
  readonly cachedAt: string;
  readonly expiresAt: string;
  readonly ttlSeconds: number;
  readonly sections: readonly { readonly name: string; readonly status: string; readonly fetchedAt: string | null; readonly error: string | null }[];
  readonly document: Record<string, Record<string, unknown>>;
}

const query = 'query($id: ID!, $asOf: DateTime, $validAt: DateTime) { account(id: $id, asOf: $asOf, validAt: $validAt) { context { cachedAt expiresAt ttlSeconds sections { name status fetchedAt error } document } } }';

/** The context of an account. */
export async function contextOf(program: Arranged, id: string, { asOf = null, validAt = null, role = 'analyst' }: { asOf?: string | null; validAt?: string | null; role?: 'analyst' | 'viewer' } = {}): Promise<ContextAnswer> {
  return dataOf(await program.query<{ account: { context: ContextAnswer } }, Record<string, unknown>>(query, { id, asOf, validAt }, { role })).account.context;
}
