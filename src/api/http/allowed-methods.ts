import type { FastifyInstance } from 'fastify';

/** The methods that routes accept, by address. */
export interface AllowedMethods {
  /** The methods for a path, sorted; empty where no route has it. */
  of(path: string): readonly string[];
}

/** Collects the methods of every route that is added from now on, so that a wrong method is told from a wrong address. */
export function collectAllowedMethods(app: FastifyInstance): AllowedMethods {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    routes.set(url, route);
    for (const each of [method].flat()) route.methods.add(each);
  });
  return {
    of: (path) => [...new Set([...routes.values()].flatMap(({ pattern, methods }) => (pattern.test(path) ? [...methods] : [])))].sort(),
  };
}

function patternOf(url: string): RegExp {
  // The CORS plugin answers OPTIONS at every address: that makes no address of them.
  if (url === '*') return /(?!)/;
  const parts = url.split(/(:\w+|\*)/).map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : RegExp.escape(part)));
  return new RegExp(`^${parts.join('')}$`);
}
