import { z } from 'zod';
import type { OutsideRecord, OutsideRef } from '../../../platform/outside-records.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { markOf, type FoundWrite, type VendorChange, type VendorWriter, type WriteOptions, type WrittenRecord } from '../outbound/vendor-writer.ts';

/** A request to the REST API of Salesforce. */
export interface SalesforceRequest {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/services/data/v…`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isIdempotent: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Sends a request of the REST API; throws `VendorFault`. */
export type SendToSalesforce = (request: SalesforceRequest) => Promise<unknown>;

const opportunity = z.looseObject({ Id: z.string(), Name: z.string().nullish(), StageName: z.string().nullish(), NextStep: z.string().nullish(), SystemModstamp: z.string() });
const task = z.looseObject({ Subject: z.string().nullish(), Description: z.string().nullish(), ActivityDate: z.string().nullish(), IsClosed: z.boolean().nullish(), IsDeleted: z.boolean().nullish() });
const note = z.looseObject({ Title: z.string().nullish(), Body: z.string().nullish() });
const created = z.looseObject({ id: z.string().min(15), success: z.literal(true) });
const found = z.looseObject({ records: z.array(z.looseObject({ Id: z.string(), Description: z.string().nullish(), Body: z.string().nullish() })) });

/** How many tasks or notes of an opportunity are searched for a mark, the latest first. */
const mostSearched = 200;
/** Salesforce keeps 80 characters of a note's title. */
const longestTitle = 80;

/**
 * Writes to Salesforce: tasks, next steps and notes of opportunities. What is created carries its key as the last line of its text, by
 * which it is found again. A next step is written on the condition that the record was not changed meanwhile.
 */
export function createSalesforceWriter(send: SendToSalesforce): VendorWriter {
  const read = async (id: string) => parse(opportunity, await send({ operation: 'read_opportunity', method: 'GET', path: `/sobjects/Opportunity/${id}?fields=Id,Name,StageName,NextStep,SystemModstamp`, isIdempotent: true }));
  const create = async (kind: 'Task' | 'Note', body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<WrittenRecord> =>
    ({ kind, id: parse(created, await send({ operation: `create_${kind.toLowerCase()}`, method: 'POST', path: `/sobjects/${kind}`, body, isIdempotent: false, signal })).id });
  const setNextStep = async (id: string, NextStep: string | null, { since, signal }: { readonly since: string; readonly signal: AbortSignal }): Promise<WrittenRecord> => {
    await send({ operation: 'set_next_step', method: 'PATCH', path: `/sobjects/Opportunity/${id}`, body: { NextStep }, headers: { 'If-Unmodified-Since': httpDate(since) }, isIdempotent: false, signal });
    return { kind: 'Opportunity', id };
  };

  return {
    read: async (record) => toRecord(await read(idOf(record))),
    async write(change, options) {
      const id = idOf(change.record);
      const { SystemModstamp: version } = await read(id);
      if (version !== options.expectedVersion) throw changedSince();
      const { signal } = options;
      options.begin();
      if (change.kind === 'CHANGE_NEXT_STEP') return setNextStep(id, change.text, { since: version, signal });
      return change.kind === 'CREATE_TASK' ? create('Task', taskOf(id, change, options), signal) : create('Note', noteOf(id, change, options), signal);
    },
    async find(change, { idempotencyKey, expectedVersion }): Promise<FoundWrite> {
      const id = idOf(change.record);
      if (change.kind === 'CHANGE_NEXT_STEP') {
        const { NextStep, SystemModstamp } = await read(id);
        if (NextStep === change.text) return { kind: 'Opportunity', id };
        return SystemModstamp === expectedVersion ? 'ABSENT' : 'UNKNOWN';
      }
      const [kind, text, parent] = change.kind === 'CREATE_TASK' ? (['Task', 'Description', 'WhatId'] as const) : (['Note', 'Body', 'ParentId'] as const);
      // Long texts cannot be searched. Also what somebody deleted since: it was written.
      const soql = `SELECT Id, ${text} FROM ${kind} WHERE ${parent} = '${id}' ORDER BY CreatedDate DESC LIMIT ${mostSearched}`;
      const { records } = parse(found, await send({ operation: `find_${kind.toLowerCase()}`, method: 'GET', path: `/queryAll?q=${encodeURIComponent(soql)}`, isIdempotent: true }));
      const match = records.find((record) => record[text]?.includes(markOf(idempotencyKey)));
      return match ? { kind, id: match.Id } : 'ABSENT';
    },
    async undo(change, written, options) {
      if (change.kind === 'CHANGE_NEXT_STEP') {
        const id = idOf(change.record);
        const { NextStep = null, SystemModstamp } = await read(id);
        if (NextStep === change.before.nextStep) return;
        if (NextStep !== change.text) throw changedSince();
        await setNextStep(id, change.before.nextStep, { since: SystemModstamp, signal: options.signal });
        return;
      }
      if (!/^[a-zA-Z0-9]{15,18}$/.test(written.id)) throw new VendorFault('NOT_FOUND', 'The record that was written has no id of Salesforce.');
      const isTask = change.kind === 'CREATE_TASK';
      const path = `/sobjects/${isTask ? 'Task' : 'Note'}/${written.id}`;
      const present = await orGone(send({ operation: 'read_written', method: 'GET', path: `${path}?fields=${isTask ? 'Subject,Description,ActivityDate,IsClosed,IsDeleted' : 'Title,Body'}`, isIdempotent: true }));
      if (present === gone) return;
      if (!(isTask ? isSameTask(parse(task, present), change, options) : isSameNote(parse(note, present), change, options))) throw changedSince();
      await orGone(send({ operation: 'delete_written', method: 'DELETE', path, isIdempotent: true, signal: options.signal }));
    },
  };
}

function idOf({ externalId }: OutsideRef): string {
  if (/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(externalId)) return externalId;
  throw new VendorFault('NOT_FOUND', 'The opportunity has no id of Salesforce.');
}

const toRecord = ({ Name = null, StageName = null, NextStep = null, SystemModstamp }: z.output<typeof opportunity>): OutsideRecord => ({ version: SystemModstamp, fields: { name: Name, stage: StageName, nextStep: NextStep } });

/** HTTP dates have whole seconds: the next one, so that the change itself does not count as later. */
const httpDate = (instant: string): string => new Date(Math.ceil(Date.parse(instant) / 1_000) * 1_000).toUTCString();

type Key = Pick<WriteOptions, 'idempotencyKey'>;
const marked = (text: string | null, { idempotencyKey }: Key): string => `${text === null ? '' : `${text}\n\n`}${markOf(idempotencyKey)}`;
// Status and priority are the organisation's defaults.
const taskOf = (WhatId: string, { text, details, dueOn }: VendorChange, options: Key) => ({ WhatId, Subject: text, Description: marked(details, options), ...(dueOn === null ? {} : { ActivityDate: dueOn }) });
// No half of a surrogate pair is left at the end: Salesforce would store another character.
const titleOf = ({ before: { stage } }: VendorChange): string => (stage === null ? 'Stage note' : `Stage note: ${stage}`).slice(0, longestTitle).replace(/[\ud800-\udbff]$/, '');
const noteOf = (ParentId: string, change: VendorChange, options: Key) => ({ ParentId, Title: titleOf(change), Body: marked(change.text, options) });

/** Salesforce stores line breaks in a form of its own. */
const lines = (text: string | null | undefined): string => (text ?? '').replaceAll('\r\n', '\n').trim();

function isSameTask(present: z.output<typeof task>, change: VendorChange, options: Key): boolean {
  const { Subject, Description, ActivityDate = null } = taskOf('', change, options) as { Subject: string; Description: string; ActivityDate?: string | null };
  return present.IsClosed !== true && present.Subject === Subject && lines(present.Description) === lines(Description) && (present.ActivityDate ?? null) === ActivityDate;
}

const isSameNote = ({ Title, Body }: z.output<typeof note>, change: VendorChange, options: Key): boolean => Title === titleOf(change) && lines(Body) === lines(marked(change.text, options));

const changedSince = (): VendorFault => new VendorFault('CONFLICT', 'The record was changed in Salesforce since it was read.');

const gone = Symbol('gone');
/** A record that is not there any more needs no undo. */
async function orGone(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof VendorFault && error.code === 'NOT_FOUND') return gone;
    throw error;
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new VendorFault('UNREADABLE', 'The answer of Salesforce has another shape than it documents.');
}
