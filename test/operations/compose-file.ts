import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

const service = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  user: z.string().optional(),
  init: z.boolean().optional(),
  read_only: z.boolean().optional(),
  profiles: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
  healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }),
  deploy: z.object({ replicas: z.number().default(1), resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }) }),
});
const file = z.object({ services: z.record(z.string(), service), networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).nullable()) });

/** One service of docker-compose.yml. */
export type Service = z.infer<typeof service>;

/** Where a service of ours listens. */
export const port = 4_000;

/** A file of the repository. */
export function read(name: string): Promise<string> {
  return readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
}

/** docker-compose.yml, its anchors resolved. */
export async function readCompose(): Promise<z.infer<typeof file>> {
  return file.parse(parse(await read('docker-compose.yml'), { merge: true }));
}

/** The services that run this program, by name; `migrate` among them. */
export function ours(services: Readonly<Record<string, Service>>): [string, Service][] {
  return Object.entries(services).filter(([, { image }]) => image.startsWith('context-graph:'));
}

/** As compose puts the environment's secrets in; what may be left out (`${NAME:-}`) becomes empty where it is. */
export function withSecrets(text: string, secrets: Readonly<Record<string, string>>): string {
  return text
    .replaceAll(/\$\{([A-Z_]+):-\}/g, (_all, name: string) => secrets[name] ?? '')
    .replaceAll(/\$\{([A-Z_]+):\?[^}]+\}/g, (_all, name: string) => secrets[name] ?? `no secret ${name}`);
}
