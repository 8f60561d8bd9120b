/** CPU that this thread has used, in milliseconds: differences tell what work cost, also on a machine that is busy with other things. */
export function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
