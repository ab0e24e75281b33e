/** A process with many small web servers that come and go, each on an address and port of its own. Its parent speaks to it by IPC. */
import { createServer, type Server } from 'node:http';

export type BackendsWish = Readonly<{ type: 'open' | 'close'; name: string; host: string; port: number }>;
export type BackendsNews = Readonly<{ type: 'opened' | 'closed'; name: string }>;

const servers = new Map<string, Server>();
const tell = (news: BackendsNews): void => void process.send!(news);

process.on('message', ({ type, name, host, port }: BackendsWish) => {
  if (type === 'open') {
    const server = createServer((_asked, answer) => answer.writeHead(200, { 'content-length': 3, 'x-backend': name }).end('ok\n'));
    // Longer than HAProxy keeps an idle connection: else it may ask on one that is just being closed.
    server.keepAliveTimeout = 120_000;
    servers.set(name, server.listen({ host, port, backlog: 511 }, () => tell({ type: 'opened', name })));
    return;
  }
  const server = servers.get(name);
  servers.delete(name);
  // As an application that is asked to stop: no new connection, and requests that are under way are answered.
  server?.close(() => tell({ type: 'closed', name }));
  server?.closeIdleConnections();
});
process.on('disconnect', () => process.exit());
