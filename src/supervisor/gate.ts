/** Lets starts through, or holds them while the supervisor is about to replace itself: none may be in flight when it does. */
import type { Kernel, SpawnRequest, SpawnResult } from '../kernel/kernel.ts';

export type Gate<K extends Kernel> = Readonly<{
  kernel: K;
  /** From now on nothing is started. Calls back when all that was being started before has been answered. */
  close(idle: () => void): void;
  /** What has been held is started, in order. */
  open(): void;
}>;

export function createGate<K extends Kernel>(kernel: K): Gate<K> {
  let unanswered = 0;
  let held: { request: SpawnRequest; done(result: SpawnResult): void }[] | undefined;
  let idle: (() => void) | undefined;

  function tellIdle(): void {
    if (unanswered > 0 || idle === undefined) return;
    const told = idle;
    idle = undefined;
    told();
  }

  function spawn(request: SpawnRequest, done: (result: SpawnResult) => void): void {
    if (held !== undefined) return void held.push({ request, done });
    unanswered++;
    kernel.spawn(request, (result) => {
      unanswered--;
      try {
        done(result);
      } finally {
        tellIdle();
      }
    });
  }

  return {
    kernel: { ...kernel, spawn },
    close(whenIdle) {
      held ??= [];
      idle = whenIdle;
      tellIdle();
    },
    open() {
      const waiting = held ?? [];
      held = undefined;
      idle = undefined;
      for (const { request, done } of waiting) spawn(request, done);
    },
  };
}
