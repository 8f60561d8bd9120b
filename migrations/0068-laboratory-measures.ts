import { Migration } from '@mikro-orm/migrations';

/** What a run measured of each account, from which the figures of the run are added up. */
export class LaboratoryMeasures extends Migration {
  override up(): void {
    this.addSql(measures);
  }
}

const measures = `
alter table lab.run_account
  add column measures jsonb,
  add column scores_compared int not null default 0 check (scores_compared >= 0),
  add column scores_equal int not null default 0 check (scores_equal between 0 and scores_compared),
  add column production_flagged boolean not null default false,
  add column candidate_flagged boolean not null default false;
comment on column lab.run_account.measures is 'What was measured of the account by each way to score it; null: the account is no longer there, and counts for no figure.';
comment on column lab.run_account.scores_compared is 'Changes of the production score up to the end of the window that were computed again from the signals.';
comment on column lab.run_account.scores_equal is 'Those of them that came out the same, bit for bit.';
comment on column lab.run_account.production_flagged is 'Whether production''s score reached the threshold in the window, or was above it at its beginning.';
comment on column lab.run_account.candidate_flagged is 'The same of the candidate''s score.';
create index run_account_moved on lab.run_account (tenant_id, run_id, (abs(coalesce(candidate_score, 0) - coalesce(production_score, 0))) desc, account_id);
`;
