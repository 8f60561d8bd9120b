import { Arg, Ctx, Field, Float, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { Call } from '../../platform/graphql/call.ts';
import { Day } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { requireRole } from '../access/index.ts';
import { llmUsageOf, type LlmUsageRow } from './llm-usage.queries.ts';

/** What the calls of a day used, by prompt and model. */
@ObjectType('LlmUsage', { description: 'What the calls of a language model used in one day (UTC), by prompt and model. Readings by plain rules use nothing and are not here.', simpleResolvers: true })
export class LlmUsage implements LlmUsageRow {
  @Field(() => Day, { description: 'The day. UTC.' })
  day!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'What the calls were for: `extract-field`.' })
  purpose!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'The name of the prompt.' })
  promptName!: string;

  @Field(() => Int, { description: 'The version of the prompt.' })
  promptVersion!: number;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'The name of the model.' })
  model!: string;

  @Field(() => Int, { description: 'How many calls there were.' })
  calls!: number;

  @Field(() => Float, { description: 'How many attempts they took.' })
  attempts!: number;

  @Field(() => Int, { description: 'How many of the calls gave no usable answer.' })
  failures!: number;

  @Field(() => Int, { description: 'Of how many calls the cost is not known: their answer came too late, or the provider or the price list did not say. They are missing in the sums.' })
  unknown!: number;

  @Field(() => Float, { description: 'Tokens sent, those in the provider\'s cache included.' })
  inputTokens!: number;

  @Field(() => Float, { description: 'Tokens sent that the provider had in its cache.' })
  cachedInputTokens!: number;

  @Field(() => Float, { description: 'Tokens received.' })
  outputTokens!: number;

  @Field(() => Float, { description: 'What they cost, in millionths of a US dollar.' })
  costMicrodollars!: number;
}

const longest = 92;
const day = 86_400_000;

/** What language models cost. */
@Resolver()
export class LlmUsageResolver {
  @Query(() => [LlmUsage], {
    complexity: (({ childComplexity }: { childComplexity: number }) => 500 + 10 * childComplexity) as never,
    description: 'What the tenant\'s calls of language models used, by day, prompt and model; the latest day first. For administrators.',
  })
  async llmUsage(
    @Ctx() call: Call,
    @Arg('from', () => Day, { nullable: true, description: 'The first day; 30 days before the last one when left out.' }) from?: string | null,
    @Arg('until', () => Day, { nullable: true, description: 'The last day, at most 92 days after the first; today when left out.' }) until?: string | null,
  ): Promise<LlmUsageRow[]> {
    requireRole(call, ['admin'], 'see what language models cost');
    const last = until ?? call.clock.now().toISOString().slice(0, 10);
    const first = from ?? new Date(Date.parse(last) - 30 * day).toISOString().slice(0, 10);
    const days = (Date.parse(last) - Date.parse(first)) / day;
    if (days < 0 || days > longest) throw new InvalidInput(`until must lie 0 to ${longest} days after from.`, ['until']);
    return llmUsageOf(call.read, call.tenantId, { from: first, until: last });
  }
}
