import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../platform/canonical-json.ts';
import type { OutsideRef } from '../../../platform/outside-records.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { HubspotRecord } from './client.ts';
import { markOf, type FoundWrite, type VendorChange, type VendorWriter, type WriteOptions, type WrittenRecord } from '../outbound/vendor-writer.ts';

/** A new object at a deal. */
export interface NewHubspotRecord {
  readonly properties: Readonly<Record<string, string>>;
  readonly dealId: string;
  /** HubSpot's number of the association from the object to a deal. */
  readonly associationTypeId: number;
}

/** What the writer calls at HubSpot; every method throws `VendorFault`. */
export interface HubspotRecords {
  get(type: string, id: string, properties: readonly string[]): Promise<HubspotRecord>;
  getMany(type: string, ids: readonly string[], properties: readonly string[]): Promise<readonly HubspotRecord[]>;
  create(type: string, record: NewHubspotRecord, signal: AbortSignal): Promise<{ readonly id: string }>;
  update(type: string, id: string, properties: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown>;
  archive(type: string, id: string, signal: AbortSignal): Promise<unknown>;
  /** The ids of the objects of a type that a deal has. */
  idsAtDeal(dealId: string, type: string): Promise<readonly string[]>;
  /** The label of a stage; null where HubSpot does not list it. */
  stageLabel(stageId: string): Promise<string | null>;
}

/** What people change of a deal. HubSpot's own time of change moves with every task and note that is added, so it is no version. */
const dealProperties = ['dealname', 'dealstage', 'pipeline', 'hs_next_step', 'amount', 'deal_currency_code', 'closedate', 'hubspot_owner_id', 'description'];
/** Tasks and notes of a deal that are searched for a mark, the latest first. */
const mostSearched = 500;
const portion = 100;

/** How tasks and notes are written; the numbers are HubSpot's own of their association to a deal. */
const kinds = { CREATE_TASK: { type: 'tasks', associationTypeId: 216, body: 'hs_task_body' }, ADD_STAGE_NOTE: { type: 'notes', associationTypeId: 214, body: 'hs_note_body' } } as const;

/**
 * Writes to HubSpot: tasks, next steps and notes of deals. What is created carries its key as the last line of its text; it is found
 * again among the objects at the deal, because HubSpot's search is late.
 */
export function createHubspotWriter(records: HubspotRecords): VendorWriter {
  const readDeal = async (id: string) => {
    const { properties } = await records.get('deals', id, dealProperties);
    const known = Object.fromEntries(dealProperties.map((name) => [name, properties[name] ?? null]));
    return { properties: known, nextStep: known['hs_next_step'] || null, version: createHash('sha256').update(canonicalJson(known)).digest('hex') };
  };
  const setNextStep = async (id: string, text: string | null, signal: AbortSignal): Promise<WrittenRecord> => {
    await records.update('deals', id, { hs_next_step: text ?? '' }, signal);
    return { kind: 'deals', id };
  };

  return {
    async read(record) {
      const { properties, nextStep, version } = await readDeal(idOf(record));
      const stage = properties['dealstage'] ?? null;
      return { version, fields: { name: properties['dealname'] ?? null, stage: stage === null ? null : ((await records.stageLabel(stage)) ?? stage), nextStep } };
    },
    async write(change, options) {
      const dealId = idOf(change.record);
      if ((await readDeal(dealId)).version !== options.expectedVersion) throw changedSince();
      options.begin();
      if (change.kind === 'CHANGE_NEXT_STEP') return setNextStep(dealId, change.text, options.signal);
      const { type, associationTypeId } = kinds[change.kind];
      const { id } = await records.create(type, { properties: propertiesOf(change, options), dealId, associationTypeId }, options.signal);
      return { kind: type, id };
    },
    async find(change, { idempotencyKey, expectedVersion }): Promise<FoundWrite> {
      const dealId = idOf(change.record);
      if (change.kind === 'CHANGE_NEXT_STEP') {
        const { nextStep, version } = await readDeal(dealId);
        if (nextStep === change.text) return { kind: 'deals', id: dealId };
        return version === expectedVersion ? 'ABSENT' : 'UNKNOWN';
      }
      const { type, body } = kinds[change.kind];
      const ids = (await records.idsAtDeal(dealId, type)).toSorted(latestFirst).slice(0, mostSearched);
      for (let from = 0; from < ids.length; from += portion) {
        const match = (await records.getMany(type, ids.slice(from, from + portion), [body])).find(({ properties }) => properties[body]?.includes(markOf(idempotencyKey)));
        if (match) return { kind: type, id: match.id };
      }
      return 'ABSENT';
    },
    async undo(change, written, options) {
      if (change.kind === 'CHANGE_NEXT_STEP') {
        const dealId = idOf(change.record);
        const { nextStep } = await readDeal(dealId);
        if (nextStep === change.before.nextStep) return;
        if (nextStep !== change.text) throw changedSince();
        await setNextStep(dealId, change.before.nextStep, options.signal);
        return;
      }
      const { type } = kinds[change.kind];
      const { hs_timestamp: due, ...meant } = propertiesOf(change, { ...options, approvedAt: '' });
      const compared = change.dueOn === null ? meant : { ...meant, hs_timestamp: due ?? '' };
      try {
        const { properties } = await records.get(type, written.id, Object.keys(compared));
        if (!Object.entries(compared).every(([name, value]) => isSame(name, properties[name], value))) throw changedSince();
        await records.archive(type, written.id, options.signal);
      } catch (error) {
        // What is not there any more needs no undo.
        if (!(error instanceof VendorFault) || error.code !== 'NOT_FOUND') throw error;
      }
    },
  };
}

function idOf({ externalId }: OutsideRef): string {
  if (/^\d{1,19}$/.test(externalId)) return externalId;
  throw new VendorFault('NOT_FOUND', 'The deal has no id of HubSpot.');
}

/** Ids are numbers that grow, too long for a double. */
const latestFirst = (one: string, other: string): number => other.length - one.length || (other > one ? 1 : -1);

function propertiesOf({ kind, text, details, dueOn }: VendorChange, { idempotencyKey, approvedAt }: Pick<WriteOptions, 'idempotencyKey' | 'approvedAt'>): Record<string, string> {
  if (kind === 'ADD_STAGE_NOTE') return { hs_note_body: markup(text, idempotencyKey), hs_timestamp: approvedAt };
  // HubSpot requires a time; without a day, it is when the task was approved.
  return { hs_task_subject: text, hs_task_body: markup(details, idempotencyKey), hs_task_status: 'NOT_STARTED', hs_timestamp: dueOn === null ? approvedAt : `${dueOn}T12:00:00.000Z` };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Bodies are HTML at HubSpot: what an approver read as text stays text. */
const markup = (text: string | null, idempotencyKey: string): string => `${text === null ? '' : `${text}\n\n`}${markOf(idempotencyKey)}`.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign).replaceAll('\n', '<br>');

/** HubSpot rewrites HTML and times in forms of its own; the words and the instant count. */
function isSame(name: string, present: string | null | undefined, meant: string): boolean {
  if (name === 'hs_timestamp') return Date.parse(present ?? '') === Date.parse(meant);
  return name.endsWith('_body') ? wordsOf(present ?? '') === wordsOf(meant) : present === meant;
}

const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", nbsp: ' ' };
const wordsOf = (html: string): string => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/&(amp|lt|gt|quot|#39|#x27|nbsp);/g, (_entity, name: string) => signs[name] ?? '').replaceAll(/\s+/g, ' ').trim();

const changedSince = (): VendorFault => new VendorFault('CONFLICT', 'The deal was changed in HubSpot since it was read.');
