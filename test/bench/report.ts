import { figureNames, ratioOf, type FigureName, type Measure, type PrintedTable } from './results.ts';
import { printTable, times } from './table.ts';

/** Prints what sections find as they find it, and keeps it for the results file. */
export interface Report {
  /** From now on, what is told belongs to this section. */
  section(name: string): void;
  /** Prints a line and keeps it. */
  note(line: string): void;
  /** Prints a table and keeps it. For what no goal is about; everything else is a measure. */
  table(title: string, headings: readonly string[], rows: readonly (readonly (string | number)[])[]): void;
  /** Prints a measure as a table, with the first contestant's ratios to the others, and keeps it. */
  measure(measure: Measure): void;
  readonly measures: readonly Measure[];
  readonly tables: readonly PrintedTable[];
  readonly notes: readonly string[];
}

const columns: readonly FigureName[] = ['perSecond', 'p50', 'p99', 'serverCpu', 'postgresCpu', 'wal', 'rows', 'kept', 'bytes', 'memory', 'milliseconds', 'value'];

/** A report that writes to standard output. */
export function createReport(): Report {
  const [measures, tables, notes]: [Measure[], PrintedTable[], string[]] = [[], [], []];
  let section = '';
  const note = (line: string): void => {
    notes.push(line);
    process.stdout.write(`${line}\n`);
  };
  return {
    measures,
    tables,
    notes,
    note,
    section(name) {
      section = name;
    },
    table(title, headings, rows) {
      // JSON knows no NaN; a figure that is not there is null.
      tables.push({ section, title, headings, rows: rows.map((row) => row.map((cell) => (typeof cell === 'number' && !Number.isFinite(cell) ? null : cell))) });
      printTable(title, headings, rows);
    },
    measure(measure) {
      measures.push(measure);
      printMeasure(measure);
      if (!measure.isQuiet) note(`${measure.name}: NOT QUIET, others used up to ${percent(measure.foreign)} of the machine in the quietest rounds; compare CPU and ratios, not times`);
      else if (measure.discarded > 0) note(`${measure.name}: ${measure.discarded} rounds discarded, because others used too much of the machine`);
    },
  };
}

function printMeasure(measure: Measure): void {
  const names = Object.keys(measure.contestants);
  const [first = ''] = names;
  const all = Object.values(measure.contestants);
  const shown = columns.filter((figure) => all.some((figures) => Number.isFinite(figures[figure])) && !(figure === 'wal' && all.every((figures) => (figures.wal ?? 0) < 100)));
  printTable(`${measure.title} (per ${measure.unit}; ${measure.rounds.length} rounds, others up to ${percent(measure.foreign)})`, ['', ...shown.map((figure) => figureNames[figure]), `${first} is (per second)`, '(CPU)'],
    names.map((name) => [name, ...shown.map((figure) => measure.contestants[name]?.[figure] ?? Number.NaN), times(ratioOf(measure, 'perSecond', first, name)), times(ratioOf(measure, 'cpu', name, first))]));
}

function percent(share: number): string {
  return Number.isNaN(share) ? 'an unknown share' : `${Math.round(share * 100)} %`;
}
