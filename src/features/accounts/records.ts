import { activities } from './activity.ts';
import { contacts } from './contact.ts';
import { healthTrends } from './health-trend.ts';
import { kpis } from './kpi.ts';
import { managerFlags } from './manager-flag.ts';
import { notes } from './note.ts';
import { opportunities } from './opportunity.ts';
import { playbookExecutions, playbookReports, playbookTriggers } from './playbooks.ts';
import { products } from './product.ts';
import type { AccountRecord } from './record.ts';
import { seMentions } from './se-mention.ts';
import { threads } from './thread.ts';
import { tickets } from './ticket.ts';
import { weeklySummaries } from './weekly-summary.ts';

/** Every kind of record that hangs on an account. */
export const accountRecords: readonly AccountRecord[] = [
  opportunities,
  contacts,
  activities,
  tickets,
  threads,
  seMentions,
  managerFlags,
  weeklySummaries,
  products,
  kpis,
  healthTrends,
  playbookTriggers,
  playbookExecutions,
  playbookReports,
  notes,
];
