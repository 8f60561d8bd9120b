import type { Bus, ReadPlaces } from '../../platform/events/bus.ts';
import type { Log } from '../../platform/log.ts';
import { within } from '../../platform/within.ts';
import type { Anchor } from './anchor.ts';
import { AnchorMemory } from './anchor-memory.ts';
import { auditAnchored } from './audit.events.ts';
import { readAnchor } from './kept-anchor.ts';

/** Anchors that the bus has, or had when this process read it; by tenant, in the order of sequence. */
export interface AnchorsOnBus {
  of(tenantId: string): readonly Anchor[];
  /** Whose chains they are of. */
  tenants(): readonly string[];
}

/** How patient whoever asks is, in milliseconds. */
export interface BusPatience {
  /** What was read so long ago is fresh enough; 0 when absent. */
  readonly freshFor?: number;
  /** After so long without an answer the bus is taken for one that cannot be asked; without end when absent. */
  readonly most?: number;
}

type ReadableBus = Pick<Bus, 'read'>;

/** What a process has read of a bus: the topic is read once, then only what came since, for all tenants and whoever asks. */
interface Reading {
  readonly memory: AnchorMemory;
  readonly places: ReadPlaces;
  readAt: number;
  running: Promise<void> | null;
}

const readings = new WeakMap<ReadableBus, Reading>();

/**
 * The anchors on the bus; null, and a line in the log, when it cannot be asked. Whoever holds a chain against them asks
 * before reading the chain: so each of them is of an anchor that must be beside it.
 */
export async function anchorsOnBus(bus: ReadableBus, log: Pick<Log, 'warn'>, { freshFor = 0, most }: BusPatience = {}): Promise<AnchorsOnBus | null> {
  const reading = readingOf(bus);
  if (performance.now() - reading.readAt < freshFor) return reading.memory;
  try {
    const read = (reading.running ??= readOn(bus, reading).finally(() => void (reading.running = null)));
    await (most === undefined ? read : within(most, read, 'The bus'));
    return reading.memory;
  } catch (error) {
    log.warn({ error }, 'the bus cannot be asked for anchors');
    return null;
  }
}

function readingOf(bus: ReadableBus): Reading {
  const known = readings.get(bus);
  if (known) return known;
  const made: Reading = { memory: new AnchorMemory(), places: new Map(), readAt: -Infinity, running: null };
  readings.set(bus, made);
  return made;
}

async function readOn(bus: ReadableBus, reading: Reading): Promise<void> {
  const began = performance.now();
  for await (const value of bus.read(auditAnchored.kind, reading.places)) {
    const anchor = readAnchor(value);
    if (anchor?.tenantId) reading.memory.add(anchor.tenantId, anchor);
  }
  reading.readAt = began;
}
