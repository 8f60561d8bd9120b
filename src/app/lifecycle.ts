/** What was opened, in order; let go in the opposite order. */
export class Releases {
  readonly #stack: { name: string; release: () => unknown }[] = [];

  /** Remembers how to let something go. */
  add(name: string, release: () => unknown): void {
    this.#stack.push({ name, release });
  }

  /** Lets everything go, the last opened first; one that fails does not keep the others. Throws the first fault at the end. */
  async run(): Promise<void> {
    const faults: unknown[] = [];
    for (let item = this.#stack.pop(); item; item = this.#stack.pop()) {
      try {
        await item.release();
      } catch (error) {
        faults.push(new Error(`${item.name} could not be let go`, { cause: error }));
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
