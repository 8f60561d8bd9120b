import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hubspotApi } from '../../../src/features/connectors/hubspot/api.ts';
import { salesforceApi } from '../../../src/features/connectors/salesforce/api.ts';
import { createRecordWriting } from '../../../src/features/connectors/outbound/record-writing.ts';
import { VendorFault } from '../../../src/features/connectors/outbound/vendor-fault.ts';
import { markOf, type VendorChange, type VendorWriter, type WrittenRecord } from '../../../src/features/connectors/outbound/vendor-writer.ts';
import { startHubspotWrites } from '../vendors/hubspot-writes.ts';
import { dealId, startSalesforceWrites } from '../vendors/salesforce-writes.ts';
import type { VendorAnswer, VendorServer } from '../vendors/vendor-server.ts';
import type { Id } from '../../../src/platform/ids.ts';
import { until } from '../../harness/program.ts';
import { openAlone } from './open-alone.ts';

// Every writer, over a real server in the vendor's documented shapes: one contract.

interface Opened {
  readonly server: VendorServer;
  readonly writer: VendorWriter;
  readonly record: VendorChange['record'];
  /** Routes that write, and the one that reads the deal. */
  readonly routes: Readonly<Record<'create' | 'update' | 'read', string>>;
  /** What the vendor has of the kind: tasks, notes. */
  tasks(): readonly Readonly<Record<string, unknown>>[];
  notes(): readonly Readonly<Record<string, unknown>>[];
  nextStep(): unknown;
  /** Changes the deal, and what was written, as a colleague would. */
  changeDeal(nextStep: string): void;
  changeWritten(written: WrittenRecord): void;
  /** The text of a task or note, as a person reads it. */
  textOf(kept: Readonly<Record<string, unknown>>): string;
}

async function openHubspot(): Promise<Opened> {
  const server = await startHubspotWrites();
  const session = await openAlone(hubspotApi, { url: server.url, credentials: { accessToken: 'pat-na1-token' } });
  const deal = server.objects.get('77');
  if (!session.writer || !deal) throw new Error('HubSpot is written to');
  const of = (type: string) => () => server.of(type).map(({ properties }) => properties);
  return {
    server, writer: session.writer, record: { system: 'hubspot', recordKind: 'Opportunity', externalId: '77' }, routes: { create: 'POST /crm/v3/objects/:type', update: 'PATCH /crm/v3/objects/:type/:id', read: 'GET /crm/v3/objects/:type/:id' },
    tasks: of('tasks'), notes: of('notes'), nextStep: () => deal.properties['hs_next_step'],
    changeDeal: (nextStep) => void (deal.properties['hs_next_step'] = nextStep),
    changeWritten: ({ id }) => void Object.assign(server.objects.get(id)?.properties ?? {}, { hs_task_status: 'COMPLETED', hs_note_body: 'Other words' }),
    textOf: (kept) => String(kept['hs_task_body'] ?? kept['hs_note_body']),
  };
}

async function openSalesforce(): Promise<Opened> {
  const server = await startSalesforceWrites();
  const session = await openAlone(salesforceApi, { url: server.url, credentials: { instanceUrl: 'https://aurora.my.salesforce.com', clientId: 'consumer-key-of-aurora', clientSecret: 'consumer-secret-of-aurora' }, token: 'token' });
  const { writer } = session;
  if (!writer) throw new Error('Salesforce is written to');
  return {
    server, writer, record: { system: 'salesforce', recordKind: 'Opportunity', externalId: dealId }, routes: { create: 'POST /services/data/v62.0/sobjects/:kind', update: 'PATCH /services/data/v62.0/sobjects/:kind/:id', read: 'GET /services/data/v62.0/sobjects/:kind/:id' },
    tasks: () => server.of('Task').filter(({ IsDeleted }) => !IsDeleted), notes: () => server.of('Note').filter(({ IsDeleted }) => !IsDeleted), nextStep: () => server.records.get(dealId)?.['NextStep'],
    changeDeal: (nextStep) => server.change(dealId, { NextStep: nextStep }),
    changeWritten: ({ id }) => server.change(id, { Subject: 'Other words', Body: 'Other words' }),
    textOf: (kept) => String(kept['Description'] ?? kept['Body']),
  };
}

const key = '01a1fd8c-6900-70ee-b0c2-badc54e13700';
const approvedAt = '2026-11-21T08:00:00.000Z';
const { signal } = new AbortController();
const begin = (): void => undefined;

describe.each([['hubspot', openHubspot], ['salesforce', openSalesforce]] as const)('%s', (_name, open) => {
  let vendor: Opened;
  beforeEach(async () => {
    vendor = await open();
  });
  afterEach(() => vendor.server.stop());
  const change = (more: Partial<VendorChange>): VendorChange => ({ kind: 'CREATE_TASK', record: vendor.record, text: 'Call the buyer', details: 'Ask about <b>the budget</b> & more.', dueOn: '2026-12-04', before: { stage: 'Negotiation', nextStep: 'Send the offer' }, ...more });
  const options = async () => ({ idempotencyKey: key, approvedAt, signal, begin, expectedVersion: (await vendor.writer.read(vendor.record)).version });
  const fault = async (answer: Promise<unknown>): Promise<unknown> => answer.then(() => 'done', (error: unknown) => (error instanceof VendorFault ? error.code : error));
  const kinds = () => [change({}), change({ kind: 'ADD_STAGE_NOTE', text: 'They want\na <discount>.', details: null, dueOn: null }), change({ kind: 'CHANGE_NEXT_STEP', text: 'Sign the contract', details: null, dueOn: null })];

  test('reads name, stage and next step, and a version that only people change', async () => {
    const first = await vendor.writer.read(vendor.record);
    expect(first.fields).toEqual({ name: 'Big deal', stage: vendor.record.system === 'hubspot' ? 'Contract Sent' : 'Negotiation', nextStep: 'Send the offer' });
    await vendor.writer.write(change({}), await options());
    expect((await vendor.writer.read(vendor.record)).version).toBe(first.version);
    vendor.changeDeal('Wait for legal');
    expect((await vendor.writer.read(vendor.record)).version).not.toBe(first.version);
  });

  test('writes a task and a note as they were approved, marked with the key, each by one call; finds them by it', async () => {
    for (const each of kinds().slice(0, 2)) {
      expect(await vendor.writer.find(each, await options())).toBe('ABSENT');
      const written = await vendor.writer.write(each, await options());
      expect(await vendor.writer.find(each, await options())).toEqual(written);
      expect(await vendor.writer.find(each, { ...(await options()), idempotencyKey: 'other' })).toBe('ABSENT');
    }
    const [task, note] = [vendor.tasks()[0] ?? {}, vendor.notes()[0] ?? {}];
    expect([vendor.tasks().length, vendor.notes().length, vendor.server.count(vendor.routes.create)]).toEqual([1, 1, 2]);
    expect(Object.values(task)).toContain('Call the buyer');
    for (const kept of [task, note]) expect(vendor.textOf(kept)).toContain(markOf(key));
    // What an approver read as text is no markup at the vendor.
    if (vendor.record.system === 'hubspot') expect(vendor.textOf(task)).toContain('&lt;b&gt;the budget&lt;/b&gt; &amp; more.');
  });

  test('a record of another version is not written to', async () => {
    const seen = await options();
    vendor.changeDeal('Wait for legal');
    for (const each of kinds()) expect(await fault(vendor.writer.write(each, seen))).toBe('CONFLICT');
    expect([vendor.server.count(vendor.routes.create), vendor.server.count(vendor.routes.update), vendor.nextStep()]).toEqual([0, 0, 'Wait for legal']);
  });

  test('a socket that is cut after the write: found, so that it is written once', async () => {
    for (const each of kinds()) {
      const seen = await options();
      vendor.server.trouble('CUT_BODY', { times: 1, route: each.kind === 'CHANGE_NEXT_STEP' ? vendor.routes.update : vendor.routes.create });
      const outcome = await fault(vendor.writer.write(each, seen));
      // An answer without a body cannot be cut within it.
      if (outcome !== 'done') expect(['UNAVAILABLE', 'UNREADABLE', 'TIMEOUT']).toContain(outcome);
      vendor.server.release();
      expect(await vendor.writer.find(each, seen)).toMatchObject({ id: expect.any(String) as string });
    }
    expect([vendor.tasks().length, vendor.notes().length, vendor.nextStep()]).toEqual([1, 1, 'Sign the contract']);
  });

  test('a socket that is cut before the write: absent', async () => {
    for (const each of kinds()) {
      const seen = await options();
      vendor.server.trouble('CUT', { times: 1, route: each.kind === 'CHANGE_NEXT_STEP' ? vendor.routes.update : vendor.routes.create });
      expect(await fault(vendor.writer.write(each, seen))).toBe('UNAVAILABLE');
      vendor.server.release();
      expect(await vendor.writer.find(each, seen)).toBe('ABSENT');
    }
    expect([vendor.tasks().length, vendor.notes().length, vendor.nextStep()]).toEqual([0, 0, 'Send the offer']);
  });

  test('an attempt that is given up writes nothing afterwards, while the record is read or while the vendor makes it wait', async () => {
    const writing = createRecordWriting(() => Promise.resolve(vendor.writer));
    for (const each of kinds()) {
      const route = each.kind === 'CHANGE_NEXT_STEP' ? vendor.routes.update : vendor.routes.create;
      const { version } = await vendor.writer.read(vendor.record);
      const attempt = async (disturbed: string, trouble: 'HANG' | VendorAnswer): Promise<string> => {
        const ending = new AbortController();
        vendor.server.forget();
        vendor.server.trouble(trouble, { times: 1, route: disturbed });
        const outcome = writing.write('tenant' as Id<'Tenant'>, each, { approval: { id: key, approvedAt }, expectedVersion: version, signal: ending.signal }).then(({ kind }) => kind, () => 'thrown');
        await until('the call arrived', () => vendor.server.count(disturbed) > 0);
        ending.abort();
        vendor.server.release();
        return outcome;
      };
      // Read too late: nothing was begun.
      expect([await attempt(vendor.routes.read, 'HANG'), vendor.server.count(route)]).toEqual(['NOT_NOW', 0]);
      // Refused for a second, and given up within it: not tried again.
      expect(await attempt(route, { status: 429, headers: { 'retry-after': '1' }, body: {} })).not.toBe('SENT');
      expect(vendor.server.count(route)).toBe(1);
    }
    expect([vendor.tasks().length, vendor.notes().length, vendor.nextStep()]).toEqual([0, 0, 'Send the offer']);
  });

  test('a next step that somebody else changed after an unanswered write: nobody can tell', async () => {
    const step = change({ kind: 'CHANGE_NEXT_STEP', text: 'Sign the contract', details: null, dueOn: null });
    const seen = await options();
    vendor.changeDeal('Wait for legal');
    expect(await vendor.writer.find(step, seen)).toBe('UNKNOWN');
  });

  test('undo takes back what is unchanged, once and again; what somebody changed stays', async () => {
    for (const each of kinds()) {
      const written = await vendor.writer.write(each, await options());
      for (let turn = 0; turn < 2; turn += 1) await vendor.writer.undo(each, written, { idempotencyKey: key, signal });
    }
    expect([vendor.tasks().length, vendor.notes().length, vendor.nextStep()]).toEqual([0, 0, 'Send the offer']);
    for (const each of kinds()) {
      const written = await vendor.writer.write(each, await options());
      if (each.kind === 'CHANGE_NEXT_STEP') vendor.changeDeal('Signed!');
      else vendor.changeWritten(written);
      expect(await fault(vendor.writer.undo(each, written, { idempotencyKey: key, signal }))).toBe('CONFLICT');
    }
    expect([vendor.tasks().length, vendor.notes().length, vendor.nextStep()]).toEqual([1, 1, 'Signed!']);
  });

  test('texts of any script are written, found and undone as they are', async () => {
    const text = 'Ünïcødé “Ω” 見積 👩‍👩‍👧 é <b>&amp;</b> "x" \'y\' {{ firstname }}';
    const before = { stage: `${'s'.repeat(67)}😀😀`, nextStep: 'Send the offer' };
    for (const each of [change({ text, details: `${text}\n\n  two  blanks`, before }), change({ kind: 'ADD_STAGE_NOTE', text: `${text}\r\n\tlast`, details: null, dueOn: null, before }), change({ kind: 'CHANGE_NEXT_STEP', text, details: null, dueOn: null, before })]) {
      const written = await vendor.writer.write(each, await options());
      expect(vendor.server.calls.filter(({ method }) => method !== 'GET').every(({ body }) => (JSON.parse(body || '{}') as { Title?: string }).Title?.isWellFormed() ?? true)).toBe(true);
      expect(await vendor.writer.find(each, await options())).toEqual(written);
      await vendor.writer.undo(each, written, { idempotencyKey: key, signal });
    }
    expect([vendor.tasks().length, vendor.notes().length, vendor.nextStep()]).toEqual([0, 0, 'Send the offer']);
  });

  test('a write that the credentials do not allow is refused, and says what is missing', async () => {
    const [forbidden, missing] = vendor.record.system === 'hubspot'
      ? [{ status: 403, body: { status: 'error', category: 'MISSING_SCOPES', message: 'missing scopes' } }, 'crm.objects.deals.write and crm.objects.contacts.write']
      : [{ status: 400, body: [{ errorCode: 'INVALID_TYPE', message: 'sObject type is not supported' }] }, 'edit access to Opportunity, Task and Note'];
    vendor.server.trouble(forbidden, { times: 1, route: vendor.routes.create });
    await expect(vendor.writer.write(change({}), await options())).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining(missing) as string });
    expect(vendor.tasks()).toEqual([]);
  });

  test('ids that are none of the vendor\'s call nothing', async () => {
    for (const externalId of ['../../contacts/1', "x' OR Id != '", '']) expect(await fault(vendor.writer.read({ ...vendor.record, externalId }))).toBe('NOT_FOUND');
    expect(vendor.server.count()).toBe(0);
  });
});

test('Salesforce refuses a next step that somebody changed between the read and the write', async () => {
  const vendor = await openSalesforce();
  try {
    const step: VendorChange = { kind: 'CHANGE_NEXT_STEP', record: vendor.record, text: 'Sign the contract', details: null, dueOn: null, before: { stage: 'Negotiation', nextStep: 'Send the offer' } };
    const { version } = await vendor.writer.read(vendor.record);
    const route = 'GET /services/data/v62.0/sobjects/:kind/:id';
    vendor.server.trouble(async () => {
      const body = { attributes: { type: 'Opportunity' }, Id: dealId, Name: 'Big deal', StageName: 'Negotiation', NextStep: 'Send the offer', SystemModstamp: version };
      vendor.changeDeal('Wait for legal');
      return { body };
    }, { times: 1, route });
    await expect(vendor.writer.write(step, { idempotencyKey: key, approvedAt, signal, begin, expectedVersion: version })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(vendor.nextStep()).toBe('Wait for legal');
  } finally {
    await vendor.server.stop();
  }
});
