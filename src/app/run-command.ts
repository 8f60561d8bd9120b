import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ConfigurationFault } from './config.ts';

/** A command cannot do what was asked. The message is one sentence, or a few, that says why and what to do. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault';
}

/** Faults whose message was written for people; of others the stack is shown. */
const told = new Set(['CommandFault', 'BackupFault', 'EmbeddedFault', 'SchemaMismatch', 'DatabaseNewerThanProgram', 'SecretsFault', 'KeyFault', ConfigurationFault.name]);
const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'ECONNRESET']);

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Runs a command of the command line: prints its usage for `--help`, and one sentence and exit code 1 where it cannot do
 * what was asked.
 */
export async function runCommand<Declared extends Options>(
  { usage, options }: { readonly usage: string; readonly options: Declared },
  body: (values: ReturnType<typeof parseArgs<{ options: Declared; strict: true; allowPositionals: false }>>['values']) => Promise<number>,
): Promise<void> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(usage);
    return;
  }
  try {
    const { values } = parseArgs({ options, strict: true, allowPositionals: false });
    process.exitCode = await body(values);
  } catch (error) {
    process.stderr.write(`${explain(error, usage)}\n`);
    process.exitCode = 1;
  }
}

function explain(error: unknown, usage: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'Unavailable' && error.cause instanceof Error) return explain(error.cause, usage);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('ERR_PARSE_ARGS')) return `${error.message}\n${usage}`;
  if (told.has(error.name)) return error.message;
  if (unreachable.has(code)) return `The database cannot be reached (${code}). Check DATABASE_URL and DATABASE_ADMIN_URL.`;
  if (code === '28P01') return 'The database refuses the password. Check DATABASE_ADMIN_URL.';
  return error.stack ?? error.message;
}
