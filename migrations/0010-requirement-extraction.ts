import { Migration } from '@mikro-orm/migrations';

/** What was extracted from scenarios, and what people thought of it. */
export class RequirementExtraction extends Migration {
  override up(): void {
    this.addSql(extraction);
  }
}

const extraction = `
create table requirement_extraction (
  tenant_id uuid not null,
  scenario_id uuid not null,
  conditions_digest bytea not null,
  extractor text not null check (extractor in ('MODEL', 'TEMPLATE')),
  model text not null,
  prompt_version int not null,
  found int not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, scenario_id),
  foreign key (tenant_id, scenario_id) references scenario
);
comment on table requirement_extraction is 'From which conditions of a scenario its requirements were last extracted, and by what. The job does nothing for conditions that were extracted already.';
call make_tenant_table('requirement_extraction', 'select, insert, update, delete');

create table rejected_requirement (
  tenant_id uuid not null,
  scenario_id uuid not null,
  field_name text not null,
  rejected_by text not null,
  rejected_at timestamptz not null,
  primary key (tenant_id, scenario_id, field_name),
  foreign key (tenant_id, scenario_id) references scenario
);
comment on table rejected_requirement is 'Extracted requirements that a person refused: extraction does not propose them again.';
call make_tenant_table('rejected_requirement', 'select, insert, delete');
`;
