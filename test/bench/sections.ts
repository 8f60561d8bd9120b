import { measureQueue } from './actions.ts';
import { measureAudit } from './audit.ts';
import { measureBackbone } from './backbone.ts';
import { readsOf, targetOf, type Section } from './bench.ts';
import { measureConnectors } from './connectors.ts';
import { measureContext } from './context.ts';
import { measureFanOut } from './fan-out.ts';
import { measureGrowth } from './growth.ts';
import { measureIdle } from './idle.ts';
import { measureAllIngest } from './ingest.ts';
import { measureIngestCost } from './ingest-cost.ts';
import { measureLaboratory } from './laboratory.ts';
import { measureLatency } from './latency.ts';
import { measureLineage } from './lineage.ts';
import { measureProfiles } from './profiles.ts';
import { measureReads } from './reads.ts';
import { measureRescore } from './rescore.ts';
import { measureSessions } from './sessions.ts';
import { measureSnapshots } from './snapshots.ts';
import { measureUpserts } from './upserts.ts';

/**
 * The sections of the bench, in the order in which they run: reads before anything is written. A section is one line here and
 * one file, whose function takes the `Bench`; it works by itself, on data of any size that the flags allow.
 */
export const sections: readonly Section[] = [
  { name: 'reads', beside: 'nothing', run: measureReads },
  { name: 'context', beside: 'nothing', run: measureContext },
  { name: 'growth', beside: 'nothing', run: measureGrowth },
  { name: 'lineage', beside: 'nothing', run: measureLineage },
  { name: 'rescore', beside: 'nothing', run: (bench) => measureRescore(bench, { signals: 100_000 }) },
  { name: 'laboratory', beside: 'nothing', run: measureLaboratory },
  { name: 'actions', beside: 'nothing', run: (bench) => measureQueue(bench.options, bench.adminUrl, bench.token, { ...readsOf(bench), actions: bench.plan.actions }) },
  { name: 'backbone', beside: 'nothing', run: measureBackbone },
  { name: 'audit', beside: 'nothing', run: (bench) => measureAudit(bench.options, bench.plan) },
  { name: 'ingest-cost', beside: 'nothing', run: (bench) => measureIngestCost(bench.options, { ...bench.plan, token: bench.token, adminUrl: bench.adminUrl }) },
  { name: 'connectors', beside: 'nothing', run: measureConnectors },
  { name: 'ingest', beside: 'nothing', run: measureAllIngest },
  { name: 'idle', beside: 'program', run: measureIdle },
  { name: 'profiles', beside: 'program', run: measureProfiles },
  { name: 'sessions', beside: 'nothing', run: measureSessions },
  { name: 'snapshots', beside: 'program', run: measureSnapshots },
  { name: 'upserts', beside: 'program', run: async (bench) => measureUpserts(await targetOf(bench), bench.plan) },
  { name: 'latency', beside: 'program', run: async (bench) => measureLatency(bench, { name: 'latency', title: 'Webhook to subscriber, one process on PostgreSQL alone', part: await bench.program(), rates: [50, 500] }) },
  { name: 'fan-out', beside: 'program', run: measureFanOut },
];
