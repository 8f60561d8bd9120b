import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Bench, Section } from './bench.ts';
import { benchToken } from './caller.ts';
import { startBenchDatabase } from './database.ts';
import { readFlags, usageOf, type Plan } from './flags.ts';
import { generate } from './generate.ts';
import { loadNow, readCommit, readMachine } from './machine.ts';
import { openMeter, type Meter } from './meter.ts';
import { startPart, type Part, type PartOptions } from './part.ts';
import { mergePage, writePage } from './performance-page.ts';
import { createReport, type Report } from './report.ts';
import type { Results } from './results.ts';
import { sections } from './sections.ts';

const usage = usageOf(sections.map(({ name }) => name));

/** Everything side by side in one run: makes the data, measures the program and what it is compared with, reports ratios. Asserts no time. */
async function run(): Promise<void> {
  const plan = readFlags();
  if (!plan) return void process.stdout.write(`${usage}\n`);
  const results = plan.from === undefined ? await measure(plan) : (JSON.parse(await readFile(plan.from, 'utf8')) as Results);
  if (plan.json !== undefined) await writeFile(plan.json, `${JSON.stringify(results, null, 1)}\n`);
  if (plan.write === undefined) return;
  // Some sections: the page keeps what it has of the others.
  const page = plan.only === null || plan.only === undefined ? null : await readFile(plan.write, 'utf8').catch(() => null);
  await writeFile(plan.write, page === null ? writePage(results) : mergePage(page, results));
}

async function measure(plan: Plan): Promise<Results> {
  const wanted = chosen(plan);
  const report = createReport();
  const [takenAt, machine, commit, atStart] = [new Date().toISOString(), readMachine(), readCommit(), loadNow()];
  report.note(`${machine}; commit ${commit}; load ${atStart} at the start`);
  await measureAll(plan, wanted, report);
  const atEnd = loadNow();
  report.note(`\nload ${atEnd} at the end; ratios above 1 are in the program's favour`);
  const { only: _only, json: _json, write: _write, from: _from, ...numbers } = plan;
  return { takenAt, commit, machine, load: { atStart, atEnd }, flags: numbers, sections: wanted.map(({ name }) => name), measures: report.measures, tables: report.tables, notes: report.notes };
}

function chosen({ only }: Plan): Section[] {
  const unknown = only?.filter((name) => !sections.some((section) => section.name === name)) ?? [];
  if (unknown.length > 0) throw new TypeError(`There is no section ${unknown.join(', ')}.\n${usage}`);
  return sections.filter(({ name }) => only?.includes(name) ?? true);
}

async function measureAll(plan: Plan, wanted: readonly Section[], report: Report): Promise<void> {
  const masterKey = randomBytes(32);
  const secret = randomBytes(32).toString('base64url');
  const database = await startBenchDatabase();
  // The server has a process group of its own; interrupted, it would stay behind. The parts end with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void database.stop().finally(() => process.exit(130)));
  let program: Part | null = null;
  let meter: Meter | null = null;
  try {
    const { tenantId } = await generate(database.adminUrl, { accounts: plan.accounts, signals: plan.signals, masterKey }, (line) => report.note(line));
    const options: PartOptions = { databaseUrl: database.url, tenantId, masterKey: masterKey.toString('base64'), secret, url: '' };
    meter = await openMeter(database.adminUrl, database.pidFile);
    const bench: Bench = {
      plan, options, adminUrl: database.adminUrl, tenantId, masterKey, meter, report, token: await benchToken(secret, tenantId),
      program: async () => (program ??= await startPart('./program-part.ts', options)),
    };
    for (const section of wanted) {
      report.section(section.name);
      if (section.beside === 'nothing') program = await stopProgram(program);
      await section.run(bench);
    }
  } finally {
    await stopProgram(program);
    await meter?.close();
    await database.stop();
  }
}

async function stopProgram(program: Part | null): Promise<null> {
  await program?.stop();
  return null;
}

await run().catch((error: unknown) => {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(error instanceof z.ZodError ? `${z.prettifyError(error)}\n${usage}\n` : isUsage ? `${error.message}\n${usage}\n` : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
