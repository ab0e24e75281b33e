/**
 * How many may be busy with what may take for ever: each keeps one of Node's four threads, and those who start services need some, too,
 * though a disk or a terminal does not answer.
 */
export type Gate = Readonly<{
  /** Runs it now, or when another one has left; it calls what it is given when it leaves. */
  enter(act: (leave: () => void) => void): void;
}>;

export function createGate(most: number): Gate {
  const waiting: ((leave: () => void) => void)[] = [];
  let inside = 0;

  function leave(): void {
    inside--;
    const next = waiting.shift();
    if (next !== undefined) begin(next);
  }

  function begin(act: (leave: () => void) => void): void {
    inside++;
    act(leave);
  }

  return { enter: (act) => void (inside < most ? begin(act) : waiting.push(act)) };
}
