import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Unavailable } from '../platform/errors.ts';
import { isKafkaOutage } from '../platform/events/kafka-outage.ts';
import { ConfigurationFault, givenVariables } from './config.ts';

/** A command cannot do what was asked. The message is one sentence, or a few, that says why and what to do. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault';
}

/** Faults whose message was written for people; of others the stack is shown. */
const told = new Set(['CommandFault', 'StartFault', 'BackupFault', 'EmbeddedFault', 'SchemaMismatch', 'DatabaseNewerThanProgram', 'DatabaseUnreachable', 'SecretsFault', 'KeyFault', ConfigurationFault.name]);

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<Declared extends Options> = ReturnType<typeof parseArgs<{ options: Declared; strict: true; allowPositionals: true }>>;

/** A command of the command line. */
export interface CommandDeclaration<Declared extends Options> {
  /** Printed for `--help`, which every command has. */
  readonly usage: string;
  readonly options: Declared;
  /** Words that the command takes beside its options; none when absent. */
  readonly words?: readonly string[];
  /** The exit code where it could not do what was asked; 1 when absent. */
  readonly failure?: number;
}

/**
 * Runs a command: prints its usage for `--help`, and one sentence and a failing exit code where it cannot do what was asked.
 * The body returns the exit code.
 */
export async function runCommand<Declared extends Options>(
  { usage, options, words = [], failure = 1 }: CommandDeclaration<Declared>,
  body: (values: Parsed<Declared>['values'], word: string) => Promise<number>,
): Promise<void> {
  // A reader that has enough (`… | head`) is no fault; the command goes on, because its exit code may matter.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(usage);
    return;
  }
  try {
    const { values, positionals } = parseArgs({ options, strict: true, allowPositionals: true });
    process.exitCode = await body(values, wordOf(positionals, words));
  } catch (error) {
    process.stderr.write(`${explainFault(error)}\n`);
    process.exitCode = failure;
  }
}

function wordOf(given: readonly string[], words: readonly string[]): string {
  const [first = '', ...more] = given;
  if (words.length === 0 && given.length === 0) return '';
  if (words.includes(first) && more.length === 0) return first;
  const wanted = words.length === 0 ? 'This command takes options only' : `Say what to do: ${words.join(' or ')}`;
  throw new CommandFault(given.length === 0 ? `${wanted}. More with --help.` : `${wanted}; "${given.join(' ')}" is not known. More with --help.`);
}

/** One sentence for faults that people can mend; the stack of any other. */
export function explainFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('ERR_PARSE_ARGS')) return `${error.message.split('. ')[0]}. More with --help.`;
  if (code === 'ENOENT' && 'path' in error) return `There is no file ${String(error.path)}.`;
  if (code === 'ENOTDIR' || code === 'EISDIR' || code === 'EACCES') return `${error.message}.`;
  if (isKafkaOutage(error)) return `Cannot reach Kafka at ${givenVariables()['KAFKA_BROKERS'] ?? ''} (KAFKA_BROKERS). Check that it runs and that KAFKA_BROKERS is right.`;
  if (told.has(error.name) || error instanceof Unavailable) return error.message;
  return error.stack ?? error.message;
}
