import 'reflect-metadata';
import { runProgram } from './app/run-program.ts';

await runProgram();
