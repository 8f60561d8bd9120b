import { readdirSync, readFileSync } from 'node:fs';

/** CPU that one process and the ended children it waited for have used, in milliseconds, as the kernel counts it. */
interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly own: number;
  readonly ended: number;
}

/** The kernel counts CPU in hundredths of a second (USER_HZ). */
const tick = 10;

const readOrNull = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** All processes. Empty where the kernel has no /proc. */
function readProcesses(): ProcessTimes[] {
  const names = readOrNull('/proc/stat') === null ? [] : readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.flatMap((name) => {
    const stat = readOrNull(`/proc/${name}/stat`);
    if (stat === null) return [];
    // pid (name) state parent …; user and system time are fields 14 and 15, those of waited-for children 16 and 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [fields[1], fields[11], fields[12], fields[13], fields[14]];
    return [{ pid: Number(name), parent, own: (user + system) * tick, ended: (endedUser + endedSystem) * tick }];
  });
}

/** Nanoseconds on a CPU of a process with one thread, exact, in milliseconds; null where the kernel does not say. */
function exactTime(pid: number): number | null {
  const stat = readOrNull(`/proc/${pid}/schedstat`);
  return stat === null ? null : Number(stat.split(' ')[0]) / 1e6;
}

/**
 * CPU of a PostgreSQL server so far, in milliseconds: its postmaster, its living children to the nanosecond (they have one
 * thread each), and the children that ended, which the postmaster waits for. NaN where there is no /proc.
 */
export function postgresCpu(postmaster: number): number {
  const processes = readProcesses();
  const server = processes.find(({ pid }) => pid === postmaster);
  if (!server) return Number.NaN;
  const living = [server, ...processes.filter(({ parent }) => parent === postmaster)];
  return living.reduce((sum, { pid, own }) => sum + (exactTime(pid) ?? own), server.ended);
}

/** CPU of a process and of everything below it, living and ended, in milliseconds; NaN where there is no /proc. */
export function treeCpu(root: number): number {
  const processes = readProcesses();
  const byParent = Map.groupBy(processes, ({ parent }) => parent);
  const sum = ({ pid, own, ended }: ProcessTimes): number => (byParent.get(pid) ?? []).reduce((all, child) => all + sum(child), own + ended);
  const top = processes.find(({ pid }) => pid === root);
  return top ? sum(top) : Number.NaN;
}

/** CPU that the whole machine has used, in milliseconds, time stolen by its host included; NaN where there is no /proc. */
export function machineCpu(): number {
  const line = readOrNull('/proc/stat')?.split('\n', 1)[0];
  if (line === undefined) return Number.NaN;
  // cpu user nice system idle iowait irq softirq steal
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * tick;
}
