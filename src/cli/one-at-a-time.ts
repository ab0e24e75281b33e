/**
 * Gives what asks for `act`: it never runs twice at once, begins no sooner than `pause` milliseconds after its last end, and once
 * more where it was asked for meanwhile, however often. `act` must not reject.
 */
export function oneAtATime(act: () => Promise<void>, pause: number, signal: AbortSignal): () => void {
  let doing: 'nothing' | 'it' | 'it, and again' = 'nothing';

  function ask(): void {
    if (signal.aborted) return;
    if (doing !== 'nothing') {
      doing = 'it, and again';
      return;
    }
    doing = 'it';
    void act().finally(() => {
      const timer = setTimeout(rested, pause);
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    });
  }

  function rested(): void {
    const again = doing === 'it, and again';
    doing = 'nothing';
    if (again) ask();
  }

  return ask;
}
