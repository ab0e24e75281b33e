/** GET, and what the status says: 2xx and 3xx are success. A redirection is not followed. */
import { request } from 'node:http';
import type { Try } from './asking.ts';
import { codeOf } from './connect.ts';
import { connectText, httpText } from './sentences.ts';

/** Bytes of a body that are read, so that the server need not see its answer refused; what is longer is cut off. */
const BODY = 64 * 1024;
/** Milliseconds that the rest of the body may take once the status is known. */
const BODY_WITHIN = 1000;

/** A connection of its own for each try: one that was kept open would tell of the server as it was. */
export const tryHttp = (url: string): Try => (answer) => {
  const asked = request(url, { agent: false, headers: { 'connection': 'close', 'user-agent': 'n6', 'accept': '*/*' } });
  const { host } = new URL(url);
  let rest: NodeJS.Timeout | undefined;
  const close = (): void => {
    clearTimeout(rest);
    asked.destroy();
  };
  asked.on('response', (response) => {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > BODY) close();
    });
    response.on('end', close);
    response.on('error', close);
    rest = setTimeout(close, BODY_WITHIN);
    const status = response.statusCode ?? 0;
    answer(status >= 200 && status < 400 ? undefined : httpText(status));
  });
  // Also what comes after the answer, which nobody hears any more.
  asked.on('error', (error) => {
    clearTimeout(rest);
    answer(connectText(host, codeOf(error)));
  });
  asked.end();
  return close;
};
