import type { Anchor } from './anchor.ts';

/** So many anchors of all chains together: some 60 MB. */
const mostInAll = 100_000;

/**
 * Remembers anchors of many chains, in the order of sequence, bounded: once there are too many, every other one of the
 * longest lists is forgotten, never a chain's last. An anchor vouches for all before it, so no forgery is missed for
 * that; where it begins is told less closely.
 */
export class AnchorMemory {
  readonly #most: number;
  readonly #byTenant = new Map<string, Anchor[]>();
  #count = 0;
  #mostOfTenant = Infinity;

  constructor(most = mostInAll) {
    this.#most = most;
  }

  of(tenantId: string): readonly Anchor[] {
    return this.#byTenant.get(tenantId) ?? [];
  }

  tenants(): readonly string[] {
    return [...this.#byTenant.keys()];
  }

  add(tenantId: string, anchor: Anchor): void {
    const known = this.#byTenant.get(tenantId) ?? [];
    this.#byTenant.set(tenantId, known);
    const behind = known.findLastIndex(({ sequence }) => sequence <= anchor.sequence);
    // The bus delivers at least once. Of two that contradict each other both are kept.
    for (let place = behind; known[place]?.sequence === anchor.sequence; place -= 1) if (known[place]?.hash.equals(anchor.hash)) return;
    known.splice(behind + 1, 0, anchor);
    this.#count += 1;
    if (known.length > this.#mostOfTenant) this.#thin(tenantId, known);
    while (this.#count > this.#most && this.#mostOfTenant > 1) {
      const longest = Math.max(...[...this.#byTenant.values()].map(({ length }) => length));
      this.#mostOfTenant = Math.max(1, Math.floor(longest / 2));
      for (const [id, list] of this.#byTenant) if (list.length > this.#mostOfTenant) this.#thin(id, list);
    }
  }

  #thin(tenantId: string, known: readonly Anchor[]): void {
    const rest = known.filter((_, place) => (known.length - 1 - place) % 2 === 0);
    this.#count -= known.length - rest.length;
    this.#byTenant.set(tenantId, rest);
  }
}
