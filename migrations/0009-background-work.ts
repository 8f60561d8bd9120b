import { Migration } from '@mikro-orm/migrations';

/** What became of background work: the engine itself forgets a job once it is done. */
export class BackgroundWork extends Migration {
  override up(): void {
    this.addSql(runs);
  }
}

const runs = `
create table job_run (
  task text primary key,
  last_finished_at timestamptz not null,
  last_outcome text not null check (last_outcome in ('DONE', 'FAILED', 'GIVEN_UP')),
  last_milliseconds int not null,
  last_error text,
  done bigint not null default 0,
  failed bigint not null default 0
) with (fillfactor = 50);
comment on table job_run is 'The last attempt of each background task, whichever process made it, and how many there were. last_error: the kind of error, without its message.';
grant select, insert, update on job_run to context_graph_system;
`;
