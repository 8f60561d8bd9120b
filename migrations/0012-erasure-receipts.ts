/** What proves an erasure. */
export const receipts = `
create table erasure_receipt (
  tenant_id uuid not null references tenant,
  id uuid not null,
  statement text not null,
  signature bytea not null,
  public_key text not null,
  key_id text not null,
  completed_at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  primary key (tenant_id, id)
);
comment on table erasure_receipt is 'What was erased and when, signed with Ed25519; statement is the text as it was signed. It names the person only by the ids of destroyed keys.';
create index erasure_receipt_by_time on erasure_receipt (tenant_id, completed_at, id);
call make_tenant_table('erasure_receipt', 'select, insert');
`;
