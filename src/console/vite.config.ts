import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from './precompress.ts';

/** Each page is a folder here with an index.html; the server's `serveConsole` gives it an address. */
const pages = ['graphiql', 'rooms'];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  // All pages share one folder of assets, at /graphiql/assets/, so that React is fetched once for every room.
  base: '/graphiql/',
  publicDir: false,
  plugins: [react(), precompress()],
  // The pages' content security policy knows no blob: and no data: script, so every worker is a file of its own.
  worker: { format: 'es' },
  build: {
    outDir: here('../../dist/console'),
    emptyOutDir: true,
    sourcemap: false,
    target: 'es2024',
    // Every browser that knows es2024 preloads modules by itself.
    modulePreload: { polyfill: false },
    // In kilobytes. Monaco's core is one chunk of nearly this size; a warning means that something joined it.
    chunkSizeWarningLimit: 2_000,
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(pages.map((page) => [page, here(`${page}/index.html`)])),
      // GraphiQL's files carry a hint for a compiler that has already been over them.
      onLog: (level, log, pass) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') pass(level, log);
      },
    },
  },
});
