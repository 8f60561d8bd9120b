import { publishEnrichmentPolicy } from '../../src/features/enrichment/index.ts';
import type { EnrichmentPolicyChange } from '../../src/features/enrichment/enrichment-policy.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import type { TestProgram } from '../harness/program.ts';

/** The key of a global id. */
export const uuidOf = <Kind extends string>(id: string): Id<Kind> => id.slice(id.indexOf('_') + 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as Id<Kind>;

/** Runs a use case as a person of the first tenant. */
export const inWork = <Result>(program: TestProgram, body: (work: Work) => Promise<Result>): Promise<Result> => program.database.transact({ tenantId: program.tenant, actor: { kind: 'user', id: 'test-analyst' }, requestId: 'test' }, body);

/** Publishes an enrichment policy. */
export const policy = (program: TestProgram, change: EnrichmentPolicyChange): Promise<unknown> => inWork(program, (work) => publishEnrichmentPolicy(work, change));
