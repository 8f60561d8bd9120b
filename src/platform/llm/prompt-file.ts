import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** An instruction for a model, kept as a file with a version: a change of its text is a new file. */
export interface PromptFile {
  readonly name: string;
  readonly version: number;
  /** The instruction. It holds no placeholders: what comes from outside travels apart, as data. */
  readonly text: string;
}

const header = z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9-]*$/), version: z.coerce.number().int().min(1), purpose: z.string().min(1) });

/**
 * Reads `<name>.v<version>.md`: a front matter that says name, version and purpose, then the instruction. For constants
 * of modules, so that a file that is missing or is not what its name says ends the start and not a request.
 */
export function loadPrompt(file: URL): PromptFile {
  const path = fileURLToPath(file);
  const [, front = '', text = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(path, 'utf8')) ?? [];
  const pairs = front.split('\n').map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]);
  const { name, version } = header.parse(Object.fromEntries(pairs));
  if (basename(path) !== `${name}.v${version}.md`) throw new Error(`${path} says that it is ${name} of version ${version}`);
  if (text.trim() === '') throw new Error(`${path} holds no instruction`);
  return { name, version, text: text.trim() };
}
