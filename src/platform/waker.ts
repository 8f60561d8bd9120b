/** Lets one loop sleep until it is woken. A wake while the loop is awake is kept: the next sleep returns at once. */
export class Waker {
  #woken = false;
  #rise: (() => void) | null = null;

  /** Ends the present sleep, or the next one. */
  wake(): void {
    this.#woken = true;
    this.#rise?.();
  }

  /** Sleeps until woken, at most so long when a time is given. */
  async sleep(mostMilliseconds?: number): Promise<void> {
    if (!this.#woken) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#rise = resolve;
        if (mostMilliseconds !== undefined) timer = setTimeout(resolve, mostMilliseconds);
      });
      clearTimeout(timer);
      this.#rise = null;
    }
    this.#woken = false;
  }
}
