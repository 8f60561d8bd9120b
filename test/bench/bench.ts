import type { Plan } from './flags.ts';
import type { Meter } from './meter.ts';
import type { Part, PartOptions } from './part.ts';
import type { Report } from './report.ts';
import { race, type Race } from './rounds.ts';

/** What every section gets: a database full of data, the ways to measure, and where findings go. */
export interface Bench {
  readonly plan: Plan;
  /** What a part is started with. */
  readonly options: PartOptions;
  /** The owner's login: for data, never for what is measured. */
  readonly adminUrl: string;
  readonly tenantId: string;
  readonly masterKey: Buffer;
  /** A token of the measured tenant's administrator. */
  readonly token: string;
  readonly meter: Meter;
  readonly report: Report;
  /** The program with all its roles, started at the first call and shared by sections; a section that needs a process of its own starts a part. */
  program(): Promise<Part>;
}

/** One section of the bench. */
export interface Section {
  readonly name: string;
  /** What runs beside it: the program, shared with other sections, or nothing, since the section starts its own. */
  readonly beside: 'program' | 'nothing';
  run(bench: Bench): Promise<void>;
}

/** Runs a race with the rounds that the flags ask for, and reports it. */
export async function compare({ meter, plan, report }: Bench, contest: Race): Promise<void> {
  report.measure(await race(meter, contest, plan));
}

/** Bounds of one turn: what the flags give a contestant, shared among the rounds. */
export function turnOf({ requests, seconds, rounds }: Plan): { readonly requests: number; readonly mostSeconds: number } {
  return { requests: Math.max(4, Math.ceil(requests / rounds)), mostSeconds: seconds / rounds };
}

/** Bounds of a measurement that is not made in rounds. */
export function readsOf({ plan }: Bench): { readonly requests: number; readonly mostSeconds: number } {
  return { requests: plan.requests, mostSeconds: plan.seconds };
}

/** The shared program as the target of a section. */
export interface Target {
  readonly part: Part;
  readonly program: Part;
  readonly token: string;
  readonly accounts: number;
  readonly adminUrl: string;
  readonly tenantId: string;
  readonly masterKey: Buffer;
}

/** Starts the shared program where it does not run yet. */
export async function targetOf(bench: Bench): Promise<Target> {
  const part = await bench.program();
  return { part, program: part, token: bench.token, accounts: bench.plan.accounts, adminUrl: bench.adminUrl, tenantId: bench.tenantId, masterKey: bench.masterKey };
}
