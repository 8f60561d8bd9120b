/** Something that waits for its turn. */
export interface WaitingTurn {
  start(): void;
}

/** Who comes next; without one, the milliseconds until someone may. */
export interface NextTurn {
  readonly turn: WaitingTurn | null;
  readonly delay: number;
}

/** Milliseconds until someone may start another; Infinity when that depends on what runs. */
type Delay = (key: string) => number;

/** Those who wait: by tenant, then by caller, each in the order of arrival. Served round robin at both levels. */
export class WaitingTurns {
  // A Map keeps the order of insertion: who was served is put at the end.
  readonly #tenants = new Map<string, Map<string, WaitingTurn[]>>();
  readonly #counts = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How many wait of a tenant, or of one of its callers. */
  countOf(tenant: string, caller?: string): number {
    return caller === undefined ? (this.#counts.get(tenant) ?? 0) : (this.#tenants.get(tenant)?.get(caller)?.length ?? 0);
  }

  holds(caller: string): boolean {
    return this.#counts.has(caller);
  }

  add(tenant: string, caller: string, turn: WaitingTurn): void {
    let callers = this.#tenants.get(tenant);
    if (!callers) this.#tenants.set(tenant, (callers = new Map()));
    const turns = callers.get(caller);
    if (turns) turns.push(turn);
    else callers.set(caller, [turn]);
    this.#count(tenant, 1);
    this.#count(caller, 1);
    this.#size += 1;
  }

  remove(tenant: string, caller: string, turn: WaitingTurn): void {
    const turns = this.#tenants.get(tenant)?.get(caller);
    const place = turns?.indexOf(turn) ?? -1;
    if (!turns || place < 0) return;
    turns.splice(place, 1);
    this.#taken(tenant, caller, turns);
  }

  /** Takes the next one out whose tenant and caller may start. */
  next(ofTenant: Delay, ofCaller: Delay): NextTurn {
    let soonest = Infinity;
    for (const [tenant, callers] of this.#tenants) {
      const blocked = ofTenant(tenant);
      soonest = blocked > 0 ? Math.min(soonest, blocked) : soonest;
      if (blocked > 0) continue;
      for (const [caller, turns] of callers) {
        const delay = ofCaller(caller);
        const turn = delay > 0 ? undefined : turns.shift();
        if (!turn) {
          soonest = Math.min(soonest, delay);
          continue;
        }
        this.#tenants.delete(tenant);
        this.#tenants.set(tenant, callers);
        callers.delete(caller);
        callers.set(caller, turns);
        this.#taken(tenant, caller, turns);
        return { turn, delay: 0 };
      }
    }
    return { turn: null, delay: soonest };
  }

  #taken(tenant: string, caller: string, turns: readonly WaitingTurn[]): void {
    const callers = this.#tenants.get(tenant);
    if (turns.length === 0) callers?.delete(caller);
    if (callers?.size === 0) this.#tenants.delete(tenant);
    this.#count(tenant, -1);
    this.#count(caller, -1);
    this.#size -= 1;
  }

  #count(key: string, change: number): void {
    const count = (this.#counts.get(key) ?? 0) + change;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
