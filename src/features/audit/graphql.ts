import type { NodeReader } from '../../platform/graphql/node.ts';
import { ask } from '../../platform/graphql/call.ts';
import { mayReadAudit } from './audit.policy.ts';
import { auditEventById } from './audit-event.queries.ts';
import { AuditEventResolver, AuditOfAccountResolver, AuditResolver } from './audit.resolver.ts';

/** What audit adds to the graph. */
export const auditResolvers: readonly (new () => object)[] = [AuditResolver, AuditEventResolver, AuditOfAccountResolver];

/** How audit events are read by id: by those who may search them. */
export const auditNodes: readonly NodeReader[] = [
  { type: 'AuditEvent', read: async (call, uuid, asOf) => (mayReadAudit.some((role) => call.roles.has(role)) ? ask(call, auditEventById, asOf, uuid) : null) },
];
