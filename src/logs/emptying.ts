export type Emptying = Readonly<{
  /** Resolves when nothing waits any more, or `within` milliseconds have passed. */
  written(within: number): Promise<void>;
  /** Nothing waits now. */
  empty(): void;
}>;

/** Who waits for a queue to be empty. */
export function createEmptying(isEmpty: () => boolean): Emptying {
  let whenEmpty: (() => void)[] = [];
  return {
    written(within) {
      if (isEmpty()) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, within);
        whenEmpty.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    empty() {
      const told = whenEmpty;
      whenEmpty = [];
      for (const tell of told) tell();
    },
  };
}
