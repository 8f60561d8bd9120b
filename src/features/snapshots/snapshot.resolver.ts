import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call, type Question } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { Account, accountById, accountRecords, accountVersions, recordVersions, type AccountRow, type RecordRow, type VersionKey } from '../accounts/index.ts';
import { diffSnapshots, SnapshotDiff } from './diff-snapshots.ts';
import type { PinnedReference } from './read-accounts.ts';
import { AccountSnapshotOrder, snapshotById, snapshotsOfAccount } from './snapshot.queries.ts';
import { AccountSnapshot, AccountSnapshotConnection, AccountSnapshotFilter, SnapshotKpi, SnapshotReference, type SnapshotRow } from './snapshot.type.ts';

function pinnedOf(type: string): { readonly Class: new () => object; readonly versions: Question<VersionKey, RecordRow | null> } {
  const record = accountRecords.find((each) => each.type === type);
  if (!record) throw new Error(`accounts have no ${type}`);
  return { Class: record.ObjectClass, versions: recordVersions(record) };
}
const [notes, reports, contacts, kpis] = [pinnedOf('Note'), pinnedOf('PlaybookReport'), pinnedOf('Contact'), pinnedOf('Kpi')];

const those = 'Read in the version of then; one that is gone is left out.';

/** What of snapshots is read when it is asked for: the account's people, and what is referred to. */
@Resolver(() => AccountSnapshot)
export class SnapshotResolver {
  @FieldResolver(() => Account, { description: 'The account, as it is now; ask for it `asOf` takenAt for all of what it was.' })
  account(@Root() { accountId, asOf }: SnapshotRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, asOf, accountId);
  }

  @Shows('PERSON_NAME', { atRow: true })
  @FieldResolver(() => String, { nullable: true, description: 'Name of the customer success manager of then; null when there was none, and once that person was erased.' })
  async assignedCsm(@Root() snapshot: SnapshotRow, @Ctx() call: Call): Promise<string | null> {
    return (await accountOf(snapshot, call))?.csm?.name ?? null;
  }

  @Shows('PERSON_NAME', { atRow: true })
  @FieldResolver(() => String, { nullable: true, description: 'Name of whom the customer success manager reported to; null when unknown, and once that person was erased.' })
  async csmManager(@Root() snapshot: SnapshotRow, @Ctx() call: Call): Promise<string | null> {
    return (await accountOf(snapshot, call))?.csmManager?.name ?? null;
  }

  @Shows('PERSON_NAME', { atRow: true })
  @FieldResolver(() => String, { nullable: true, description: 'Name of who owned the account in sales; null when nobody did, and once that person was erased.' })
  async accountOwner(@Root() snapshot: SnapshotRow, @Ctx() call: Call): Promise<string | null> {
    return (await accountOf(snapshot, call))?.owner?.name ?? null;
  }

  @Shows('PERSON_NAME', { atRow: true })
  @FieldResolver(() => String, { nullable: true, description: 'Name of the contact who was the primary champion; null when there was none, and once that person was erased.' })
  async primaryChampion(@Root() { champion }: SnapshotRow, @Ctx() call: Call): Promise<string | null> {
    const contact = champion ? await ask(call, contacts.versions, null, champion) : null;
    return typeof contact?.['name'] === 'string' ? contact['name'] : null;
  }

  @FieldResolver(() => contacts.Class, { nullable: true, description: 'The contact who was the primary champion, in the version of then; null when there was none, and once that person was erased.' })
  championContact(@Root() { champion }: SnapshotRow, @Ctx() call: Call): Promise<RecordRow | null> | null {
    return champion ? ask(call, contacts.versions, null, champion) : null;
  }

  @FieldResolver(() => [SnapshotKpi], { description: `The critical KPIs that stood worst, at most 5, the worst first. ${those}` })
  async topCriticalKpis(@Root() snapshot: SnapshotRow, @Ctx() call: Call): Promise<SnapshotKpi[]> {
    const found = await versionsOf(call, kpis.versions, snapshot.topCriticalKpis);
    return found.map((row) => ({ id: row.id, name: String(row['parameter']), value: String(row['value']), category: String(row['category']) }));
  }

  @FieldResolver(() => [notes.Class], { description: `The last 5 notes, the latest first. ${those}` })
  recentNotes(@Root() snapshot: SnapshotRow, @Ctx() call: Call): Promise<RecordRow[]> {
    return versionsOf(call, notes.versions, snapshot.recentNotes);
  }

  @FieldResolver(() => [reports.Class], { description: `The last 3 reports of playbooks, the latest first. ${those}` })
  recentPlaybookReports(@Root() snapshot: SnapshotRow, @Ctx() call: Call): Promise<RecordRow[]> {
    return versionsOf(call, reports.versions, snapshot.recentPlaybookReports);
  }

  @FieldResolver(() => [SnapshotReference], { description: 'Every version that it refers to: critical KPIs, champion, notes, reports.' })
  references(@Root() { topCriticalKpis, champion, recentNotes, recentPlaybookReports }: SnapshotRow): SnapshotReference[] {
    const of = (type: string, pinned: readonly PinnedReference[]) => pinned.map(({ id, version, digest }) => ({ of: toGlobalId(type, id), version, digest }));
    return [...of('Kpi', topCriticalKpis), ...of('Contact', champion ? [champion] : []), ...of('Note', recentNotes), ...of('PlaybookReport', recentPlaybookReports)];
  }

  @FieldResolver(() => AccountSnapshot, { nullable: true, description: 'The snapshot before, with which this one was compared; null for the first one, and once that one is no longer kept.' })
  previous(@Root() { previousId, asOf }: SnapshotRow, @Ctx() call: Call): Promise<SnapshotRow | null> | null {
    return previousId === null ? null : ask(call, snapshotById, asOf, previousId);
  }

  @FieldResolver(() => AccountSnapshot, { nullable: true, description: 'The last significant snapshot before this one, or the account\'s first one if none was significant: this one was compared with it as well, so that slow drift is noticed. Null for the first one, once that one is no longer kept, and in snapshots from before baselines were kept.' })
  baseline(@Root() { baselineId, asOf }: SnapshotRow, @Ctx() call: Call): Promise<SnapshotRow | null> | null {
    return baselineId === null ? null : ask(call, snapshotById, asOf, baselineId);
  }

  @Query(() => SnapshotDiff, { description: 'What differs between two snapshots of one account, field by field.' })
  snapshotDiff(
    @Ctx() call: Call,
    @Arg('from', () => ID, { description: 'Global id of the one.' }) from: string,
    @Arg('to', () => ID, { description: 'Global id of the other, of the same account; it may be the earlier one.' }) to: string,
  ): Promise<SnapshotDiff> {
    return diffSnapshots(call, this, { from, to });
  }
}

/** Snapshots, on the account that they are of. */
@Resolver(() => Account)
export class AccountSnapshotsResolver {
  @FieldResolver(() => AccountSnapshotConnection, { description: 'Its snapshots, the latest first unless asked otherwise.' })
  snapshots(
    @Root() account: AccountRow,
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AccountSnapshotFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: AccountSnapshotFilter | null,
    @Arg('orderBy', () => AccountSnapshotOrder, { nullable: true, description: 'In which order.' }) orderBy?: AccountSnapshotOrder | null,
  ): Promise<Page<SnapshotRow>> {
    return snapshotsOfAccount.page(call, account.uuid, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, account.asOf);
  }

  @FieldResolver(() => AccountSnapshot, { nullable: true, description: 'Its latest snapshot; null when there is none.' })
  async latestSnapshot(@Root() account: AccountRow, @Ctx() call: Call): Promise<SnapshotRow | null> {
    const { edges } = await snapshotsOfAccount.page(call, account.uuid, { first: 1 }, account.asOf);
    return edges[0]?.node ?? null;
  }
}

function accountOf({ accountId, accountVersion }: SnapshotRow, call: Call): Promise<AccountRow | null> {
  return ask(call, accountVersions, null, { id: accountId, version: accountVersion });
}

async function versionsOf(call: Call, question: Question<VersionKey, RecordRow | null>, pinned: readonly PinnedReference[]): Promise<RecordRow[]> {
  const found = await Promise.all(pinned.map((reference) => ask(call, question, null, reference)));
  return found.filter((row) => row !== null);
}
