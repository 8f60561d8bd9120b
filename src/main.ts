const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  // Before anything else is loaded: what follows needs parts of Node that an older one does not have.
  process.stderr.write(`This program needs Node 24 or newer; this is ${process.version}. Start it with "npm start", which brings its own.\n`);
  process.exit(1);
}
const { createProgress } = await import('./app/progress.ts');
const progress = createProgress({ terminal: process.stdout.isTTY, level: process.env['LOG_LEVEL'] || 'info', write: (line) => void process.stdout.write(line) });
progress('Loading the program');
await import('reflect-metadata');
const { runProgram } = await import('./app/run-program.ts');
await runProgram(progress);
