import { Migration } from '@mikro-orm/migrations';

/** What people agreed to, and every decision that led there. */
export class Consent extends Migration {
  override up(): void {
    this.addSql(consents);
    this.addSql(decisions);
  }
}

const consents = `
create table consent (
  tenant_id uuid not null references tenant,
  id uuid not null,
  subject_id uuid not null,
  email_sealed bytea,
  purpose text not null,
  channel text not null,
  version int not null check (version > 0),
  granted boolean not null,
  basis text,
  source_sealed bytea,
  granted_at timestamptz,
  expires_at timestamptz check (expires_at > granted_at),
  revoked_at timestamptz,
  recorded_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, subject_id, purpose, channel),
  foreign key (tenant_id, subject_id) references subject_key,
  check (case when granted then basis is not null and granted_at is not null and revoked_at is null else revoked_at is not null and expires_at is null end)
);
comment on table consent is 'What a data subject''s consent to a purpose by a channel is now. Whether it holds also depends on expires_at and on the subject''s key. granted_at without granted: when what was revoked had been granted. email_sealed and source_sealed: with the subject''s key.';
create index consent_by_time on consent (tenant_id, recorded_at, id);
call make_tenant_table('consent', 'select, insert, update');
`;

const decisions = `
create table consent_decision (
  tenant_id uuid not null,
  id uuid not null,
  consent_id uuid not null,
  version int not null,
  granted boolean not null,
  cause text not null check (cause in ('STATEMENT', 'ERASURE')),
  basis text,
  source_sealed bytea,
  expires_at timestamptz,
  decided_at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  primary key (tenant_id, id),
  unique (tenant_id, consent_id, version),
  foreign key (tenant_id, consent_id) references consent
);
comment on table consent_decision is 'Every decision about a consent, append-only: one a version. Sources are sealed with the subject''s key.';
call make_tenant_table('consent_decision', 'select, insert');
`;
