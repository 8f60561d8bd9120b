/** What tokens of a model cost, in dollars per million, which is micro-dollars per token. */
export interface Price {
  readonly input: number;
  /** Input that the provider had still in its cache. */
  readonly cachedInput: number;
  readonly output: number;
}

/** Tokens of one or several calls. `cachedInput` are part of `input`. */
export interface Tokens {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** List prices of OpenAI's models, read in November 2026 from its price page; for contexts up to 270,000 tokens. */
const prices: Readonly<Record<string, Price>> = {
  'gpt-5.4': { input: 2.5, cachedInput: 0.25, output: 15 },
  'gpt-5.4-mini': { input: 0.75, cachedInput: 0.075, output: 4.5 },
  'gpt-5.4-nano': { input: 0.2, cachedInput: 0.02, output: 1.25 },
};

/** The price of a model, also of its dated versions (`gpt-5.4-mini-2026-03-17`); null when it is not known. */
export function priceOf(model: string): Price | null {
  return prices[model.replace(/-\d{4}-\d{2}-\d{2}$/, '')] ?? null;
}

/** The dearest price of the list: what a model of unknown price is taken to cost where a budget must hold. */
export const dearest: Price = { input: 2.5, cachedInput: 0.25, output: 15 };

/** What tokens cost in whole micro-dollars, rounded up; null when the price or the tokens are not known. */
export function costOf(tokens: Tokens | null, price: Price | null): number | null {
  if (!price || !tokens) return null;
  const fresh = Math.max(0, tokens.input - tokens.cachedInput);
  return Math.ceil(fresh * price.input + tokens.cachedInput * price.cachedInput + tokens.output * price.output);
}
