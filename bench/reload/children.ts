/** The processes that make the load and answer it, as their parent sees them. */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { BackendsNews, BackendsWish } from './backends.ts';
import type { GeneratorNews, GeneratorWish } from './generator.ts';
import type { Count } from './outcomes.ts';
import type { Backend } from './site.ts';

export type Counts = Readonly<{ fresh: Count; keepAlive: Count }>;

export type Generator = Readonly<{
  start(target: Readonly<{ host: string; port: number; fresh: number; keepAlive: number }>): void;
  read(): Promise<Counts>;
  /** Ends it when each of its requests has been answered. */
  stop(): Promise<Counts>;
  /** Milliseconds of the machine's clock when this backend gave its first answer; resolves when it has. */
  served(name: string): Promise<number>;
  kill(): void;
}>;

const start = (file: string): ChildProcess =>
  fork(path.join(import.meta.dirname, file), { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

export function startGenerator(): Generator {
  const child = start('generator.ts');
  const put = (wish: GeneratorWish): void => void child.send(wish);
  const served = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  let counted: ((counts: Counts) => void)[] = [];
  child.on('message', (news: GeneratorNews) => {
    if (news.type === 'backend') {
      served.set(news.name, news.at);
      waiting.get(news.name)?.(news.at);
      waiting.delete(news.name);
      return;
    }
    for (const tell of counted.splice(0)) tell(news);
  });
  const counts = (wish: GeneratorWish): Promise<Counts> => new Promise((resolve) => {
    counted = [...counted, resolve];
    put(wish);
  });
  return {
    start: (target) => put({ type: 'start', ...target }),
    read: () => counts({ type: 'read' }),
    stop: () => counts({ type: 'stop' }),
    served: (name) => new Promise((resolve) => {
      const at = served.get(name);
      if (at !== undefined) resolve(at);
      else waiting.set(name, resolve);
    }),
    kill: () => void child.kill('SIGKILL'),
  };
}

export type Backends = Readonly<{
  open(backend: Backend): Promise<void>;
  /** Resolves when its last request has been answered and its last connection has ended. */
  close(backend: Backend): Promise<void>;
  kill(): void;
}>;

export function startBackends(): Backends {
  const child = start('backends.ts');
  const waiting = new Map<string, () => void>();
  child.on('message', ({ type, name }: BackendsNews) => waiting.get(`${type} ${name}`)?.());
  const put = (type: BackendsWish['type'], backend: Backend): Promise<void> => new Promise((resolve) => {
    waiting.set(`${type === 'open' ? 'opened' : 'closed'} ${backend.name}`, resolve);
    child.send({ type, ...backend } satisfies BackendsWish);
  });
  return { open: (backend) => put('open', backend), close: (backend) => put('close', backend), kill: () => void child.kill('SIGKILL') };
}
