import { parseArgs } from 'node:util';
import { z } from 'zod';

const whole = (standard: number, least: number) => z.coerce.number().int().min(least).default(standard);

/** Every flag with its default and least value. */
const numbers = {
  accounts: whole(10_000, 60), signals: whole(2_000_000, 6_000), requests: whole(2_000, 10), seconds: whole(20, 1), rounds: whole(5, 1), bulk: whole(50_000, 1_000), single: whole(8_000, 100),
  subscribers: whole(10_000, 2), events: whole(50, 1), profiles: whole(2_000, 60), facts: whole(200_000, 1_000), actions: whole(100_000, 200),
  foreign: z.coerce.number().min(0).max(1).default(0.15),
};
const flags = z.object({
  ...numbers,
  only: z.string().optional().transform((names) => names?.split(',').map((name) => name.trim()).filter(Boolean) ?? null),
  json: z.string().optional(),
  write: z.string().optional(),
  from: z.string().optional(),
});

/** What a run of the bench is asked for. */
export type Plan = z.infer<typeof flags>;

const text = { type: 'string' } as const;
const given = Object.fromEntries(Object.keys(flags.shape).map((name) => [name, text]));

/** How the bench is called. */
export function usageOf(sections: readonly string[]): string {
  const named = Object.entries(numbers).map(([name, schema]) => `[--${name} ${String(schema.parse(undefined))}]`);
  return `Usage: npm run bench -- ${named.join(' ')} [--only ${sections.join(',')}] [--json results.json] [--write docs/performance.md [--from results.json]]
Measures the program beside what it is compared with, on data of its own. It takes minutes.
--requests and --seconds bound what each contestant does in all rounds of a read together. --foreign: a round is discarded when others used a larger share of the machine.
--json: writes everything that was found. --write: writes the page of results; with --from, of an earlier run, and measures nothing.`;
}

/** Reads the flags; null when help is asked for. Throws what the caller did wrong. */
export function readFlags(): Plan | null {
  const { help, ...values } = parseArgs({ options: { ...given, help: { type: 'boolean', short: 'h' } } }).values;
  return help ? null : flags.parse(values);
}
