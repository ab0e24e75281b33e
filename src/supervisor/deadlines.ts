/**
 * All deadlines behind one timer for the earliest: an idle supervisor has no timer at all, and neither setting nor
 * clearing one costs more with a thousand services (binary heap, entries that were replaced are skipped when they surface).
 */
type Entry = { at: number; key: string; live: boolean };

export type Deadlines = Readonly<{
  /** Replaces the deadline of this key. `at`: monotonic milliseconds. */
  set(key: string, at: number): void;
  clear(key: string): void;
  /** undefined: it has none. */
  of(key: string): number | undefined;
}>;

/** `passed` is called once per deadline, never before its time. */
export function createDeadlines(now: () => number, passed: (key: string, at: number) => void): Deadlines {
  const heap: Entry[] = [];
  const current = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let armedFor = Infinity;

  const arm = (): void => {
    while (heap.length > 0 && !heap[0]!.live) take(heap);
    const next = heap[0]?.at ?? Infinity;
    if (next === armedFor) return;
    if (timer !== undefined) clearTimeout(timer);
    armedFor = next;
    timer = next === Infinity ? undefined : setTimeout(ring, Math.min(LONGEST_TIMEOUT, Math.max(0, Math.ceil(next - now()))));
  };

  const ring = (): void => {
    timer = undefined;
    armedFor = Infinity;
    // Node's timers count whole milliseconds of the loop's clock and may ring up to one too early: such a one is armed again.
    for (let at = now(); heap.length > 0 && heap[0]!.at <= at;) {
      const entry = take(heap)!;
      if (!entry.live) continue;
      current.delete(entry.key);
      passed(entry.key, at);
    }
    arm();
  };

  const drop = (key: string): void => {
    const entry = current.get(key);
    if (entry === undefined) return;
    entry.live = false;
    current.delete(key);
  };

  return {
    set(key, at) {
      drop(key);
      const entry = { at, key, live: true };
      current.set(key, entry);
      put(heap, entry);
      arm();
    },
    clear(key) {
      drop(key);
      arm();
    },
    of: (key) => current.get(key)?.at,
  };
}

/** setTimeout(3) of Node rings at once for anything longer. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

function put(heap: Entry[], entry: Entry): void {
  let i = heap.push(entry) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (heap[parent]!.at <= entry.at) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = entry;
}

function take(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return first;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
    if (heap[child]!.at >= last.at) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
  return first;
}
