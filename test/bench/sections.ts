import { measureQueue } from './actions.ts';
import { measureAudit } from './audit.ts';
import { measureBackbone } from './backbone.ts';
import { readsOf, targetOf, type Section } from './bench.ts';
import { measureFanOut } from './fan-out.ts';
import { measureGrowth } from './growth.ts';
import { measureAllIngest } from './ingest.ts';
import { measureLatency } from './latency.ts';
import { measureLineage } from './lineage.ts';
import { measureProfiles } from './profiles.ts';
import { measureReads } from './reads.ts';
import { measureSnapshots } from './snapshots.ts';
import { measureUpserts } from './upserts.ts';

/**
 * The sections of the bench, in the order in which they run: reads before anything is written. A section is one line here and
 * one file, whose function takes the `Bench`; it works by itself, on data of any size that the flags allow.
 */
export const sections: readonly Section[] = [
  { name: 'reads', beside: 'nothing', run: measureReads },
  { name: 'growth', beside: 'nothing', run: measureGrowth },
  { name: 'lineage', beside: 'nothing', run: (bench) => measureLineage(bench.options, bench.adminUrl, bench.token, readsOf(bench)) },
  { name: 'actions', beside: 'nothing', run: (bench) => measureQueue(bench.options, bench.adminUrl, bench.token, { ...readsOf(bench), actions: bench.plan.actions }) },
  { name: 'backbone', beside: 'nothing', run: (bench) => measureBackbone(bench.options, { ...bench.plan, token: bench.token, adminUrl: bench.adminUrl }) },
  { name: 'audit', beside: 'nothing', run: (bench) => measureAudit(bench.options, bench.plan) },
  { name: 'ingest', beside: 'nothing', run: measureAllIngest },
  { name: 'profiles', beside: 'program', run: async (bench) => measureProfiles(await targetOf(bench), { profiles: bench.plan.profiles, requests: bench.plan.profiles, mostSeconds: bench.plan.seconds }) },
  { name: 'snapshots', beside: 'program', run: async (bench) => measureSnapshots(await targetOf(bench), readsOf(bench)) },
  { name: 'upserts', beside: 'program', run: async (bench) => measureUpserts(await targetOf(bench), bench.plan) },
  { name: 'latency', beside: 'program', run: async (bench) => measureLatency(await targetOf(bench), { rates: [50, 500, 1_000], seconds: bench.plan.seconds }) },
  { name: 'fan-out', beside: 'program', run: async (bench) => measureFanOut(await targetOf(bench), bench.plan) },
];
