import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isChildKey } from '../../platform/child-data.ts';
import type { Id } from '../../platform/ids.ts';
import type { Llm } from '../../platform/llm/llm.ts';
import { loadPrompt } from '../../platform/llm/prompt-file.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { FallbackAction, RequiredLevel } from './enums.ts';
import { plainPartOf, type PlainPart } from './plain-conditions.ts';
import { scenarioRequirementsSaved } from './profiles.events.ts';
import { forgetRequirements, mostRequirements, noSuchScenario, reviewBelow, saveScenarioRequirements } from './save-scenario.ts';
import { requirementsOf, scenariosOf } from './scenario.queries.ts';
import { folded, shown, standsIn } from './shown-text.ts';
import { templateRequirements, type FoundRequirement, type KnownField } from './template-requirements.ts';
import type { OriginClass } from '../trust/index.ts';

const prompt = loadPrompt(new URL('prompts/extract-requirements.v1.md', import.meta.url));
/** How many fields a model is told of, those first whose names stand in the conditions. */
const mostTold = 500;
const page = 1_000;
const answerSchema: z.ZodType<{ requirements: FoundRequirement[] }> = z.strictObject({
  requirements: z.array(
    z.strictObject({
      fieldName: z.string(),
      requiredLevel: z.enum(RequiredLevel),
      fallbackAction: z.enum(FallbackAction),
      quote: z.string(),
      confidence: z.number().min(0).max(1),
    }),
  ),
});

/** What is extracted, for whom. `again`: also from conditions that were extracted already. */
export interface Extraction {
  readonly caller: Caller;
  readonly scenarioId: Id<'Scenario'>;
  readonly again: boolean;
}

/** What extraction works with. It holds no transaction while the model thinks. */
export interface ExtractionParts {
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
  readonly llm: Llm;
  readonly signal?: AbortSignal | undefined;
}

interface ListedField extends KnownField {
  readonly holdsChildData: boolean;
}

const knownFields = statement<ListedField>(
  'fields_that_may_be_required',
  `select distinct on (name) name, display_name as "displayName", collection_prompt as "collectionPrompt", bool_or(holds_child_data) over (partition by name) as "holdsChildData" from field_definition
   where tenant_id = $1 and name > $2 order by name, agent limit ${page}`,
);
const lastExtraction = statement<{ digest: Buffer }>('last_requirement_extraction', 'select conditions_digest as digest from requirement_extraction where tenant_id = $1 and scenario_id = $2');
const rejected = statement<{ name: string }>('rejected_requirements', 'select field_name as name from rejected_requirement where tenant_id = $1 and scenario_id = $2');
const lockScenario = statement<{ conditions: string }>('lock_scenario_to_extract', 'select conditions from scenario where tenant_id = $1 and id = $2 for no key update');
const note = statement(
  'note_requirement_extraction',
  `insert into requirement_extraction (tenant_id, scenario_id, conditions_digest, extractor, model, prompt_version, found, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
   on conflict (tenant_id, scenario_id) do update set conditions_digest = excluded.conditions_digest, extractor = excluded.extractor, model = excluded.model,
     prompt_version = excluded.prompt_version, found = excluded.found, recorded_at = excluded.recorded_at`,
);
const dropUnfounded = statement<{ id: string }>(
  'drop_unreviewed_requirements',
  `delete from scenario_requirement where tenant_id = $1 and scenario_id = $2 and origin = 'EXTRACTION' and needs_review and field_name <> all($3::text[]) returning id`,
);

/** Conditions that say nothing require nothing. */
const unasked = { answer: { requirements: [] }, source: 'TEMPLATE', model: 'none' } as const;

const digestOf = (conditions: string): Buffer => createHash('sha256').update(conditions).digest();

/**
 * Extracts what a scenario requires from its conditions, by the model or by plain rules, and answers how many of its
 * requirements changed. What a person stated or refused is left alone; what it is not sure of (below 0.8), and every
 * field that nobody has defined, waits for review. Conditions that change meanwhile have a job of their own: then nothing
 * is stored. Throws `NotFound` when there is no such scenario.
 */
export async function extractRequirements(parts: ExtractionParts, { caller, scenarioId, again }: Extraction): Promise<number> {
  const subject = await parts.transact((work) => read(work, scenarioId));
  const { scenario, known, digest } = subject;
  if (!again && digest?.equals(digestOf(scenario.conditions))) return 0;
  const plain = await plainPartOf(scenario.conditions);
  // Before anybody is asked, so that others have their turn meanwhile; a model is told of these fields first.
  const named = parts.llm.model === 'template' || known.length > mostTold ? await templateRequirements(plain.text, known) : [];
  const { answer, source, model } = scenario.conditions === '' ? unasked : await parts.llm.extract({
    caller,
    purpose: 'extract-requirements',
    prompt,
    data: { scenario: { origin: 'COLLEAGUE_TEXT' satisfies OriginClass, content: scenario }, knownFields: { origin: 'VERIFIED_PERSON' satisfies OriginClass, content: toTell(known, named) } },
    schema: answerSchema,
    template: () => ({ requirements: named }),
    signal: parts.signal,
  });
  const found = founded(answer.requirements, plain, known);
  return parts.transact(async (work) => {
    const [now] = await work.rows(lockScenario, [work.tenantId, scenarioId]);
    if (now?.conditions !== scenario.conditions) return 0;
    const refused = new Set((await work.rows(rejected, [work.tenantId, scenarioId])).map(({ name }) => name));
    const accepted = (await requirementsOf(work, work.tenantId, [scenarioId])).get(scenarioId) ?? [];
    // What a person accepted is not put to them again.
    const settled = new Set(accepted.filter(({ origin, needsReview }) => origin === 'PERSON' || !needsReview).map(({ fieldName }) => fieldName));
    const wanted = found.filter(({ fieldName }) => !refused.has(fieldName) && !settled.has(fieldName));
    const fresh = wanted.slice(0, Math.max(0, mostRequirements - settled.size));
    const dropped = (await work.rows(dropUnfounded, [work.tenantId, scenarioId, fresh.map(({ fieldName }) => fieldName)])).map(({ id }) => id);
    await forgetRequirements(work, dropped);
    if (dropped.length > 0) work.record(scenarioRequirementsSaved.fact({ accountId: null, data: { scenarioId, scenarioRequirementIds: dropped } }));
    await work.rows(note, [work.tenantId, scenarioId, digestOf(scenario.conditions), source, model, prompt.version, fresh.length, work.now]);
    return dropped.length + (await saveScenarioRequirements(work, scenarioId, { extractor: source, model, promptName: prompt.name, promptVersion: prompt.version }, fresh)).length;
  });
}

async function read(sql: Sql & { readonly tenantId: string }, scenarioId: Id<'Scenario'>): Promise<{ scenario: { name: string; conditions: string }; known: ListedField[]; digest: Buffer | null }> {
  const scenario = (await scenariosOf(sql, sql.tenantId, [scenarioId])).get(scenarioId);
  if (!scenario) throw noSuchScenario(['scenarioId']);
  const { name, conditions } = scenario;
  const known: ListedField[] = [];
  for (let rows = page; rows === page; ) {
    const more = await sql.rows(knownFields, [sql.tenantId, known.at(-1)?.name ?? '']);
    known.push(...more);
    rows = more.length;
  }
  const [last] = await sql.rows(lastExtraction, [sql.tenantId, scenarioId]);
  return { scenario: { name, conditions }, known, digest: last?.digest ?? null };
}

/** The fields that a model is told of, by name. */
function toTell(known: readonly ListedField[], named: readonly FoundRequirement[]): readonly KnownField[] {
  if (known.length <= mostTold) return known.map(withoutPrompt);
  const first = new Set(named.map(({ fieldName }) => fieldName));
  const told = [...known.filter(({ name }) => first.has(name)), ...known.filter(({ name }) => !first.has(name))].slice(0, mostTold);
  return told.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(withoutPrompt);
}

/** Of a field that holds data of children a model is told that there is one, and nothing that somebody wrote about it. */
function withoutPrompt({ name, displayName, collectionPrompt, holdsChildData }: ListedField): KnownField {
  return holdsChildData || isChildKey(name) ? { name, displayName: name, collectionPrompt: null } : { name, displayName, collectionPrompt };
}

/**
 * Those that the conditions do ask for, each field once, the surest first. A field that nobody has defined is never sure,
 * nor is anything where a part of the conditions had to be left out.
 */
function founded(requirements: readonly FoundRequirement[], { text, isWhole }: PlainPart, known: readonly KnownField[]): FoundRequirement[] {
  const defined = new Set(known.map(({ name }) => name));
  const seen = folded(shown(text));
  // One sentence may name many fields.
  const said = new Map([...new Set(requirements.map(({ quote }) => quote))].map((quote) => [quote, standsIn(seen, folded(shown(quote)))]));
  const usable = requirements.filter(({ fieldName, quote }) => /^[a-z][a-z0-9_]{0,63}$/.test(fieldName) && said.get(quote));
  const sure = usable.map((each) => (defined.has(each.fieldName) && isWhole ? each : { ...each, confidence: Math.min(each.confidence, reviewBelow - 0.01) }));
  const surest = sure.toSorted((one, other) => other.confidence - one.confidence);
  const once = new Map<string, FoundRequirement>();
  for (const each of surest) if (!once.has(each.fieldName)) once.set(each.fieldName, each);
  return [...once.values()];
}
