import type { KpiStatus } from './enums.ts';
import type { KpiRule } from './health-model.ts';
import { isCountedBy, unitInName } from './health-names.ts';
import { readFigure, type Bound, type Figure, type Unreadable } from './read-figure.ts';

/** What becomes of a KPI's value under its rule. */
export interface Judgement {
  readonly status: KpiStatus;
  /** 0 to 100; null where the status is UNKNOWN. */
  readonly score: number | null;
  /** Why it stands so. */
  readonly because: string;
}

/** The score at which a KPI is no more critical, and at which it is healthy. */
const [atRiskFrom, healthyFrom] = [40, 70];

/**
 * The score of a figure: 0 at worst, 40 at the critical threshold, 70 at the healthy one, 100 at best, straight lines in
 * between and level beyond. Where worst or best is not stated, the line through the thresholds goes on to 0 or 100. So it
 * never falls when the figure gets better, and it is under 40 exactly where the status is CRITICAL, from 70 on HEALTHY.
 */
export function scoreOfFigure(figure: number, rule: KpiRule): number {
  const turned = rule.direction === 'HIGHER_IS_BETTER' ? 1 : -1;
  const [value, critical, healthy] = [figure * turned, rule.critical * turned, rule.healthy * turned];
  const perPoint = (healthy - critical) / (healthyFrom - atRiskFrom);
  const worst = rule.worst === null ? critical - perPoint * atRiskFrom : rule.worst * turned;
  const best = rule.best === null ? healthy + perPoint * (100 - healthyFrom) : rule.best * turned;
  if (value < critical) return Math.max(0, Math.min(between(value, worst, critical, 0, atRiskFrom), below(atRiskFrom)));
  if (value < healthy) return Math.min(between(value, critical, healthy, atRiskFrom, healthyFrom), below(healthyFrom));
  return Math.min(100, Math.max(healthyFrom, between(value, healthy, best, healthyFrom, 100)));
}

/** Rounding must not lift a score over the line that its status is under. */
const below = (limit: number): number => limit - 1e-9;

function between(value: number, from: number, to: number, low: number, high: number): number {
  return low + ((value - from) / (to - from)) * (high - low);
}

function statusOf(figure: number, { direction, critical, healthy }: KpiRule): Exclude<KpiStatus, 'UNKNOWN'> {
  const turned = direction === 'HIGHER_IS_BETTER' ? 1 : -1;
  if (figure * turned < critical * turned) return 'CRITICAL';
  return figure * turned < healthy * turned ? 'AT_RISK' : 'HEALTHY';
}

const kindsOf: Readonly<Record<KpiRule['unit'], readonly Figure['kind'][]>> = {
  PERCENT: ['PERCENT'], NUMBER: ['PLAIN', 'COUNT'], RATING: ['RATING'], HOURS: ['DURATION'], DAYS: ['DURATION'], MONEY: ['MONEY'],
};

/** Of the rules for a parameter that is delivered in several units, the one for the unit of a value; the first where none is. */
export function ruleFor(kpi: { readonly parameter: string; readonly value: string }, rules: readonly KpiRule[]): KpiRule | undefined {
  const [first, ...others] = rules;
  if (others.length === 0) return first;
  const read = readUnder(unitInName(kpi.parameter), kpi.value);
  return 'unreadable' in read ? first : (rules.find(({ unit }) => kindsOf[unit].includes(read.kind)) ?? first);
}

/** Judges a KPI's value, as it was delivered, under a rule for its parameter. */
export function judgeKpi({ parameter, value: text }: { readonly parameter: string; readonly value: string }, rule: KpiRule): Judgement {
  const read = readUnder(unitInName(parameter), text);
  if ('unreadable' in read) return unknown(text, read.unreadable);
  const figure = inUnitOf(rule, read);
  if (typeof figure !== 'number') return unknown(text, figure.unreadable);
  if (!isPossible(figure, read.bound, rule)) return unknown(text, `it cannot be, as it lies outside of ${spanOf(rule)}`);
  const status = read.bound ? statusWithin(figure, read.bound, rule) : statusOf(figure, rule);
  if (!status) return unknown(text, 'what it leaves open lies on both sides of a threshold');
  const score = scoreOfFigure(figure, rule);
  return { status, score: status === 'CRITICAL' ? Math.min(score, below(atRiskFrom)) : score, because: reason(text, status, rule) };
}

function unknown(text: string, why: string): Judgement {
  return { status: 'UNKNOWN', score: null, because: `"${text.trim().slice(0, 100)}" is not judged: ${why}.` };
}

/** The one status of everything that a bound leaves open; null where there are several. */
function statusWithin(figure: number, { side, strict }: Bound, rule: KpiRule): 'HEALTHY' | 'CRITICAL' | null {
  const status = statusOf(figure, rule);
  const betterIsOpen = (side === 'ABOVE') === (rule.direction === 'HIGHER_IS_BETTER');
  if (betterIsOpen) return status === 'HEALTHY' ? status : null;
  return status === 'CRITICAL' || (strict && figure === rule.critical) ? 'CRITICAL' : null;
}

/** The figure that a text states where the parameter's name states a unit: of that unit if the text names none. */
function readUnder(unit: string | null, text: string): Figure | Unreadable {
  const read = readFigure(text);
  if (unit === null || 'unreadable' in read) return read;
  // Codes of currencies are read in capitals; units of time and signs in either case.
  const given = unit.length === 3 ? unit.toUpperCase() : unit;
  const meant = readFigure(`1 ${given}`);
  if ('unreadable' in meant) return read;
  // Tables that show per cent often hold the share.
  if (read.kind === 'PLAIN' && meant.kind === 'PERCENT' && read.amount !== 0 && Math.abs(read.amount) <= 1) return { unreadable: 'without a % sign it may be a share or per cent' };
  if (read.kind === 'PLAIN' || (read.kind === 'COUNT' && read.noun === null)) return readFigure(`${text} ${given}`);
  return agree(read, meant) ? read : { unreadable: `its parameter's name says "${unit}"` };
}

function agree(one: Figure, other: Figure): boolean {
  if (one.kind === 'MONEY' && other.kind === 'MONEY') return one.currencies.some((currency) => other.currencies.includes(currency));
  if (one.kind === 'RATING' && other.kind === 'RATING') return one.scale === other.scale;
  return one.kind === other.kind;
}

/** Whether a figure, or what a bound leaves open, can be at all. */
function isPossible(figure: number, bound: Bound | null, { least, most }: KpiRule): boolean {
  if (least !== null && (figure < least || (figure === least && bound?.side === 'BELOW' && bound.strict))) return false;
  return most === null || figure < most || (figure === most && !(bound?.side === 'ABOVE' && bound.strict));
}

function spanOf(rule: KpiRule): string {
  const from = rule.least === null ? '' : `from ${inWords(rule.least, rule)} `;
  return rule.most === null ? `${from}on` : `${from}up to ${inWords(rule.most, rule)}`;
}

/** The figure in the unit of the rule's thresholds, or why it is in another. */
function inUnitOf(rule: KpiRule, read: Figure): number | Unreadable {
  const { amount } = read;
  const other = (wanted: string): Unreadable => ({ unreadable: `the health model reads ${wanted} here` });
  switch (rule.unit) {
    case 'PERCENT':
      if (read.kind === 'PERCENT') return amount;
      if (read.kind !== 'PLAIN') return other('per cent');
      if (amount === 0) return amount;
      if (rule.plainFrom === null) return { unreadable: 'without a % sign it may be a count, a ratio or per cent' };
      return amount > 1 && amount >= rule.plainFrom ? amount : { unreadable: 'without a % sign it may be a share or per cent' };
    case 'NUMBER':
      if (read.kind === 'PLAIN') return amount;
      if (read.kind !== 'COUNT') return other('a plain number');
      return read.noun === null || isCountedBy(read.noun, rule.names) ? amount : { unreadable: `it counts "${read.noun}", which its parameter does not name` };
    case 'RATING': {
      if (read.kind === 'RATING' && read.scale !== rule.scale) return { unreadable: `it is out of ${read.scale}, and the health model reads it out of ${rule.scale}` };
      if (read.kind !== 'RATING' && read.kind !== 'PLAIN') return other(`a rating out of ${rule.scale}`);
      return amount >= 0 && amount <= (rule.scale ?? 0) ? amount : { unreadable: `it is not on the scale of 0 to ${rule.scale}` };
    }
    case 'HOURS':
    case 'DAYS':
      if (read.kind !== 'DURATION') return other('a length of time with its unit');
      return rule.unit === 'HOURS' ? amount : amount / 24;
    case 'MONEY':
      if (read.kind === 'MONEY') return read.currencies.includes(rule.currency ?? '') ? amount : other(rule.currency ?? 'money');
      return read.kind === 'PLAIN' || (read.kind === 'COUNT' && read.noun === null) ? amount : other(rule.currency ?? 'money');
  }
}

function reason(text: string, status: KpiStatus, rule: KpiRule): string {
  const higher = rule.direction === 'HIGHER_IS_BETTER';
  const [critical, healthy] = [inWords(rule.critical, rule), inWords(rule.healthy, rule)];
  const value = text.trim().slice(0, 100);
  if (status === 'CRITICAL') return `${value} is ${higher ? 'below' : 'above'} ${critical}, and so critical.`;
  if (status === 'AT_RISK') return `${value} is not critical, but ${higher ? 'below' : 'above'} ${healthy}, ${higher ? 'from' : 'up to'} which it is healthy.`;
  return `${value} is healthy: ${healthy} or ${higher ? 'more' : 'less'}.`;
}

function inWords(figure: number, { unit, scale, currency }: KpiRule): string {
  switch (unit) {
    case 'PERCENT': return `${figure} %`;
    case 'NUMBER': return String(figure);
    case 'RATING': return `${figure}/${scale}`;
    case 'HOURS': return `${figure} h`;
    case 'DAYS': return `${figure} days`;
    case 'MONEY': return `${currency} ${figure}`;
  }
}
