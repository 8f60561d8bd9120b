import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from 'prom-client';

/** Declares a counter. The help says what a rise means. */
export function counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
  return new Counter({ name, help, labelNames: [...labelNames] });
}

/** Declares a gauge. The help says what a rise means. */
export function gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
  return new Gauge({ name, help, labelNames: [...labelNames] });
}

/** Declares a histogram of seconds unless its name says otherwise. */
export function histogram<Label extends string>(name: string, help: string, labelNames: readonly Label[], buckets?: readonly number[]): Histogram<Label> {
  return new Histogram({ name, help, labelNames: [...labelNames], ...(buckets ? { buckets: [...buckets] } : {}) });
}

/** Starts the process's own metrics: memory, event loop, garbage collection. */
export function measureProcess(): void {
  if (!register.getSingleMetric('process_cpu_user_seconds_total')) collectDefaultMetrics();
}

/** Everything declared, in Prometheus' text format. */
export function metricsText(): Promise<string> {
  return register.metrics();
}

/** The content type of `metricsText`. */
export const metricsContentType = register.contentType;
