import type { Role } from '../access/index.ts';

/** Who may create, run, cancel, pin and archive experiments, and import history for them. */
export const mayExperiment: readonly Role[] = ['analyst', 'admin'];
