import type { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { modelInForce, scoringModelParameters, type ScoringModelParameters } from '../scoring/index.ts';
import { insertExperiment, type ReplayClock } from './experiment-store.ts';
import { experimentCreated } from './laboratory.events.ts';

/** An experiment as a caller asks for it. */
export interface ExperimentInput {
  readonly name: string;
  readonly description: string | null;
  /** The candidate's parameters without those that do not change scores; null: those of the model in force. */
  readonly model: Readonly<Record<string, unknown>> | null;
  /** RFC 3339. */
  readonly from: string;
  /** RFC 3339. */
  readonly to: string;
  readonly clock: ReplayClock;
  readonly horizonDays: number;
}

const longestName = 200;
const longestDescription = 2_000;
const longestWindowDays = 3_660;
const longestHorizonDays = 730;
const day = 86_400_000;

/** Creates an experiment on the model in force. Throws `InvalidInput` with what to change. */
export async function createExperiment(work: LabWork, input: ExperimentInput): Promise<Id<'Experiment'>> {
  const name = input.name.trim();
  if (name === '') throw new InvalidInput('name must not be empty.', ['input', 'name']);
  if (name.length > longestName) throw new InvalidInput(`name must have at most ${longestName} characters.`, ['input', 'name']);
  const description = input.description?.trim() || null;
  if (description && description.length > longestDescription) throw new InvalidInput(`description must have at most ${longestDescription} characters.`, ['input', 'description']);
  checkWindow(input, work.now);
  const { horizonDays, clock } = input;
  if (!(horizonDays >= 1 && horizonDays <= longestHorizonDays)) throw new InvalidInput(`horizonDays must be between 1 and ${longestHorizonDays}.`, ['input', 'horizonDays']);
  const inForce = await modelInForce(work, work.tenantId);
  const { version: baseVersion, publishedAt: _, ...current } = inForce;
  const parameters = readParameters(input.model, current);
  const experimentId = await insertExperiment(work, { name, description, parameters, baseVersion, windowFrom: input.from, windowTo: input.to, clock, horizonDays });
  work.record(experimentCreated.fact({ accountId: null, data: { experimentId } }));
  return experimentId;
}

function checkWindow({ from, to }: Pick<ExperimentInput, 'from' | 'to'>, now: string): void {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (end <= start) throw new InvalidInput('The window is empty: to must be later than from.', ['input', 'window', 'to']);
  if (end > Date.parse(now)) throw new InvalidInput('to must not be in the future: an experiment replays what has happened.', ['input', 'window', 'to']);
  if (end - start > longestWindowDays * day) throw new InvalidInput(`The window must not be longer than ${longestWindowDays} days.`, ['input', 'window']);
}

function readParameters(model: ExperimentInput['model'], current: ScoringModelParameters): ScoringModelParameters {
  if (model === null) return scoringModelParameters.parse(current);
  const read = scoringModelParameters.safeParse({ trend: current.trend, icp: current.icp, ...model });
  if (!read.success) throw notAModel(read.error);
  return read.data;
}

function notAModel(error: z.ZodError): InvalidInput {
  const [issue] = error.issues;
  return new InvalidInput(`The model is not valid: ${issue?.message ?? 'its form is not known'}.`, ['input', 'model', ...(issue?.path.map(String) ?? [])]);
}
