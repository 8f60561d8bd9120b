import { createHash } from 'node:crypto';
import { Migration } from '@mikro-orm/migrations';
import { checksumTable, type MigrationStep } from './migration-step.ts';

/** The SQL of a step, statement by statement, without running it. */
export function sqlOf({ class: Step }: MigrationStep): readonly string[] {
  const step = new Step(undefined as never, undefined as never);
  void step.up();
  return step.getQueries().map(String);
}

/** SHA-256 of a step's SQL, hexadecimal: what a landed step must keep for ever. */
export function checksumOf(step: MigrationStep): string {
  return createHash('sha256').update(JSON.stringify(sqlOf(step))).digest('hex');
}

/** The step, which also records its checksum in the transaction in which it runs. */
export function recordingStep(step: MigrationStep): MigrationStep {
  const { name, class: Step } = step;
  const checksum = checksumOf(step);
  class Recording extends Migration {
    override async up(): Promise<void> {
      const own = new Step(this.driver, this.config);
      if (this.ctx !== undefined) own.setTransactionContext(this.ctx);
      await own.up();
      for (const sql of own.getQueries()) this.addSql(sql);
      this.addSql(`insert into ${checksumTable} (name, checksum) values ('${name.replaceAll("'", "''")}', '${checksum}')`);
    }
  }
  return { name, class: Recording };
}

/** What is wrong with the list of steps, compared with what landed: a landed step was removed, moved or changed. Empty: nothing. */
export function landedFaults(landed: Readonly<Record<string, string>>, steps: readonly MigrationStep[]): readonly string[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const faults: string[] = [];
  for (const [name, checksum] of Object.entries(landed)) {
    const step = byName.get(name);
    if (!step) faults.push(`${name} has landed and is no longer listed.`);
    else if (checksumOf(step) !== checksum) faults.push(`${name} has landed and was changed. Undo the change and add a new step.`);
  }
  const order = steps.map(({ name }) => name).filter((name) => name in landed);
  if (faults.length === 0 && order.join() !== Object.keys(landed).join()) faults.push('Landed steps changed places.');
  return faults;
}
