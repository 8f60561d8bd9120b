import { Migration } from '@mikro-orm/migrations';
import { horizon, models } from './0020-health.ts';
import { coverage, model } from './0020-scoring.ts';
import { baselines, columns } from './0020-snapshots.ts';

/** Scores with caps and negative types, health with a horizon and coverage, significance against a baseline; what was before keeps its rules. */
export class RightScores extends Migration {
  override up(): void {
    this.addSql(coverage);
    this.addSql(model);
    this.addSql(models);
    this.addSql(horizon);
    this.addSql(columns);
    this.addSql(baselines);
  }
}
