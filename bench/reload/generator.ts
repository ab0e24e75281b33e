/** A process that makes constant load, and tells when it is asked what it has seen. Its parent speaks to it by IPC. */
import { startClient } from './client.ts';
import { createCounter, type Count } from './outcomes.ts';

export type GeneratorWish =
  | Readonly<{ type: 'start'; host: string; port: number; fresh: number; keepAlive: number }>
  | Readonly<{ type: 'read' }>
  | Readonly<{ type: 'stop' }>;
/** `backend`: the first answer of one that had not answered before; `at`: of the machine's clock. */
export type GeneratorNews =
  | Readonly<{ type: 'counts'; fresh: Count; keepAlive: Count }>
  | Readonly<{ type: 'backend'; name: string; at: number }>;

const fresh = createCounter();
const keepAlive = createCounter();
const known = new Set<string>();
const stops: (() => Promise<void>)[] = [];
const tell = (news: GeneratorNews): void => void process.send!(news);

function answered(name: string): void {
  if (known.has(name)) return;
  known.add(name);
  tell({ type: 'backend', name, at: performance.timeOrigin + performance.now() });
}

process.on('message', (wish: GeneratorWish) => {
  switch (wish.type) {
    case 'start':
      for (let i = 0; i < wish.fresh; i++) stops.push(startClient({ ...wish, fresh: true, counter: fresh, answered }));
      for (let i = 0; i < wish.keepAlive; i++) stops.push(startClient({ ...wish, fresh: false, counter: keepAlive, answered }));
      break;
    case 'read':
      tell({ type: 'counts', fresh: fresh.read(), keepAlive: keepAlive.read() });
      break;
    case 'stop':
      void Promise.all(stops.map((stop) => stop())).then(() => {
        tell({ type: 'counts', fresh: fresh.read(), keepAlive: keepAlive.read() });
        process.disconnect();
      });
  }
});
process.on('disconnect', () => process.exit());
