import { Migration } from '@mikro-orm/migrations';

/** Scores converge: states are exact sums, and a score can end, by a merge or a retirement, and come back. */
export class Scores extends Migration {
  override up(): void {
    this.addSql(scores);
  }
}

const scores = `
alter table score_point add column scored boolean not null default true;
alter table score_point drop constraint score_point_cause_check,
  add constraint score_point_cause_check check (cause in ('SIGNAL', 'DECAY', 'MODEL', 'ACCOUNT', 'CONSENT', 'MERGE', 'UNMERGE', 'RETIREMENT', 'RESTORATION'));
comment on column score_point.scored is 'Whether the account has a score from this change on. False where no signal counts any more, or the account was merged away or retired; value is 0 then.';
comment on table account_contexts is 'The present intent score; no row where there is none. state holds per signal type exact sums by bucket of 32 half-lives ([bucket, integer as text]); states of before that have one raw sum and its instant. refresh_at is when time alone will have moved the stored score by half a point or across the threshold; facts up to sequence replayed_through are in state already. fit_coverage: share of the ICP''s criteria that the account is known for, null where the model states none.';
`;
