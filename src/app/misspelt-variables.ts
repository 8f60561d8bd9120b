import type { Log } from '../platform/log.ts';
import { givenVariables, variableNames } from './config.ts';

/** A variable of the environment that the program does not read, and the one that was probably meant. */
export interface Misspelt {
  readonly name: string;
  readonly meant: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables whose names resemble one of the program's that is not set. */
export function findMisspelt(variables: Variables): Misspelt[] {
  const unset = variableNames.filter((known) => !variables[known]);
  return Object.keys(variables)
    .filter((name) => !variableNames.includes(name))
    .flatMap((name) => {
      const meant = unset.find((known) => resembles(name, known));
      return meant === undefined ? [] : [{ name, meant }];
    })
    .toSorted((one, other) => one.name.localeCompare(other.name));
}

/** One sentence on a misspelt variable. */
export function tellMisspelt({ name, meant }: Misspelt): string {
  return `${name} is not a variable of this program and has no effect. Did you mean ${meant}?`;
}

/** Logs a warning for each misspelt variable of the environment. */
export function warnOfMisspelt(log: Pick<Log, 'warn'>, variables: Variables = givenVariables()): void {
  for (const misspelt of findMisspelt(variables)) log.warn({}, tellMisspelt(misspelt));
}

const plain = (name: string): string => name.toUpperCase().replaceAll(/[_-]/g, '');

/** Short names, such as HOST and PORT, differ from too many others: only case and underscores may differ there. */
function resembles(name: string, known: string): boolean {
  const [given, wanted] = [plain(name), plain(known)];
  if (given === wanted) return true;
  const most = wanted.length < 6 ? 0 : wanted.length < 10 ? 1 : 2;
  return Math.abs(given.length - wanted.length) <= most && distance(given, wanted) <= most;
}

/** How many letters to insert, remove, replace or swap with their neighbour to come from one word to the other. */
function distance(from: string, to: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= from.length; row += 1) {
    const present = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const steps = [(last[column] ?? 0) + 1, (present[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (isSame ? 0 : 1)];
      present.push(Math.min(...steps, ...(isSwapped ? [(before[column - 2] ?? 0) + 1] : [])));
    }
    [before, last] = [last, present];
  }
  return last[to.length] ?? 0;
}
