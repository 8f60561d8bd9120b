import { goals, type Goal } from './goals.ts';
import { ratioOf, type FigureName, type Figures, type Measure, type PrintedTable, type Results } from './results.ts';

/** The page of results, in Markdown: the goals first, then every measure, then what else was found. */
export function writePage(results: Results): string {
  const { takenAt, commit, machine, load, flags, measures, tables, sections } = results;
  return [
    '# Performance',
    `Written by \`npm run bench -- --write docs/performance.md\` on ${takenAt.slice(0, 10)}, at commit \`${commit}\`, on ${machine}. Load average ${load.atStart} before and ${load.atEnd} after the run; sections: ${sections.join(', ')}; flags: ${flagsOf(flags)}.`,
    method,
    '## Goals',
    table(['', 'measured', 'goal', '', 'CPU ms', 'WAL bytes'], goals.map((goal) => goalRow(goal, measures))),
    'CPU is of the program\'s process and PostgreSQL together, and WAL is what PostgreSQL wrote, per request, signal, delivery or snapshot.',
    '## Measures',
    ...measures.flatMap(measureLines),
    ...(tables.length === 0 ? [] : ['## Further tables', ...tables.flatMap(tableLines)]),
  ].join('\n\n').concat('\n');
}

/**
 * The page of an earlier run with the measures of another run of some sections, each in the place of the measure of the same title or
 * behind the others. They say which run they are of; goals and everything else stay.
 */
export function mergePage(page: string, results: Results): string {
  const { takenAt, commit, load, flags, measures } = results;
  const [beginning = '', own = '', ...rest] = page.split(/^(?=## (?:Measures|Further tables)$)/m);
  const blocks = new Map(own.split(/^(?=### )/m).map((block) => [titleOf(block), block.trimEnd()]));
  for (const measure of measures) {
    const [heading = '', ...lines] = measureLines(measure);
    blocks.set(measure.title, [heading, `Measured on ${takenAt.slice(0, 10)} at commit \`${commit}\` in a run of its section alone, load average ${load.atStart} before it; ${flagsOf(flags)}.`, ...lines].join('\n\n'));
  }
  return [beginning.trimEnd(), [...blocks.values()].join('\n\n'), ...rest.map((part) => part.trimEnd())].join('\n\n').concat('\n');
}

const titleOf = (block: string): string => /^### (.*)$/m.exec(block)?.[1] ?? '';
const flagsOf = (flags: Results['flags']): string => Object.entries(flags).map(([name, value]) => `--${name} ${value}`).join(' ');

const method = `Contestants run on one machine against one database, turn by turn in rounds of changing order; a contestant that is not at work is stopped. A round in which other processes used more of the machine than \`--foreign\` allows is discarded and repeated.
A ratio is the median of the rounds' ratios; above 1 the program is faster. Answers of reads are compared field by field before they are measured. Row-level security, audit, sealing, lineage and convergence are on throughout.
"By hand" is one prepared statement per page served by bare Node on a connection that is bound to the tenant; "with token and transaction" also verifies the JWT of each request and reads in a transaction bound to its tenant. PostGraphile has the score, the contributions and missing filters as SQL functions; it leaves personal values sealed.`;

function goalRow(goal: Goal, measures: readonly Measure[]): string[] {
  const { title, measure: name, figure, of = 'program', against, atLeast, atMost, unit = '' } = goal;
  const measure = measures.find((each) => each.name === name);
  const isRatio = against !== undefined;
  const show = (value: number): string => (isRatio ? `${value.toFixed(2)}x` : figure === 'value' ? `${Math.round(value * 100)} %` : `${show3(value)}${unit}`);
  const wanted = atLeast === undefined ? `≤ ${show(atMost ?? Number.NaN)}` : `≥ ${show(atLeast)}`;
  if (!measure) return [title, 'not measured', wanted, '', '', ''];
  const value = isRatio ? ratioOf(measure, figure, of, against) : numberOf(measure.contestants[of], figure);
  if (Number.isNaN(value)) return [title, 'not measured', wanted, '', '', ''];
  const isReached = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
  const own = measure.contestants[of];
  return [title, `${show(value)}${measure.isQuiet ? '' : ' (not quiet)'}`, wanted, isReached ? 'reached' : 'not reached', cell(numberOf(own, 'cpu')), cell(numberOf(own, 'wal'))];
}

const headings: readonly (readonly [FigureName, string])[] = [
  ['perSecond', 'per second'], ['storedPerSecond', 'stored per second'], ['scoredPerSecond', 'scored per second'], ['p50', 'p50 ms'], ['p99', 'p99 ms'], ['serverCpu', 'server CPU ms'], ['postgresCpu', 'PostgreSQL CPU ms'], ['wal', 'WAL bytes'], ['statements', 'SQL statements'], ['rows', 'rows'], ['kept', 'bytes kept'], ['bytes', 'bytes sent'], ['memory', 'MB'], ['milliseconds', 'ms'], ['value', 'share'],
];

function measureLines(measure: Measure): string[] {
  const names = Object.keys(measure.contestants);
  const shown = headings.filter(([figure]) => names.some((name) => !Number.isNaN(numberOf(measure.contestants[name], figure))));
  const [first = ''] = names;
  return [
    `### ${measure.title}`,
    `Per ${measure.unit}; ${measure.rounds.length} rounds kept, ${measure.discarded} discarded, others used up to ${cell(measure.foreign * 100)} % of the machine${measure.isQuiet ? '' : ', which is above the bound: compare CPU and ratios, not times'}.`,
    table(['', ...shown.map(([, heading]) => heading), `${first} is`], names.map((name) => [name, ...shown.map(([figure]) => cell(numberOf(measure.contestants[name], figure))), `${cell(ratioOf(measure, 'perSecond', first, name))}x`])),
  ];
}

function tableLines({ title, headings: columns, rows }: PrintedTable): string[] {
  return [`### ${title}`, table(columns, rows.map((row) => row.map((value) => (typeof value === 'number' ? cell(value) : (value ?? '')))))];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** JSON has null where a figure is not a number. */
function numberOf(figures: Figures | undefined, figure: FigureName): number {
  return figures?.[figure] ?? Number.NaN;
}

const cell = (value: number): string => (Number.isFinite(value) ? show3(value) : '');

function show3(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
