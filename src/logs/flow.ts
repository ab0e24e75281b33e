/**
 * Whether somewhere lines go takes any. As long as something is taken now and then nothing is lost: whoever reads for it stops, and
 * services wait in their pipes as they would without n6 in between. What takes nothing for a while holds them up no longer.
 */
export type FlowState = 'free' | 'full' | 'stuck';

export type Flow = Readonly<{
  state(): FlowState;
  /** Calls back when the state is another one. Gives the way to stop. */
  whenChanged(listener: () => void): () => void;
}>;

export type FlowControl = Flow & Readonly<{
  /** It can take no more for the moment: stuck when nothing was taken for the time of its patience. */
  hold(): void;
  /** It has taken something: the time begins anew. */
  taken(): void;
  release(): void;
}>;

/** `patience`: milliseconds. `stuck` is called at the beginning of each time in which nothing is taken. */
export function createFlow(patience: number, stuck: () => void): FlowControl {
  let state: FlowState = 'free';
  let timer: NodeJS.Timeout | undefined;
  const listeners = new Set<() => void>();

  function become(next: FlowState): void {
    if (state === next) return;
    state = next;
    for (const listener of [...listeners]) listener();
  }

  function wait(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      stuck();
      become('stuck');
    }, patience);
    // The end of n6 does not wait for somebody who reads nothing.
    timer.unref();
  }

  return {
    state: () => state,
    whenChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    hold() {
      if (state !== 'free') return;
      wait();
      become('full');
    },
    taken() {
      if (state === 'full') wait();
    },
    release() {
      clearTimeout(timer);
      timer = undefined;
      become('free');
    },
  };
}
