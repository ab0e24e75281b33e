/** The control API as the dashboard uses it: one token, JSON answers, server-sent events by fetch, which can send a header. */

/** The supervisor said no; `code` is that of its problem document. */
export class Refused extends Error {
  /** @param {Partial<import('../control/problem.ts').ProblemDocument>} problem */
  constructor(problem) {
    super(problem.detail ?? problem.title ?? 'no reason was given');
    this.code = problem.code;
    this.status = problem.status;
  }
}

const KEY = 'n6-token';
/** The tab's own storage: it ends with the tab, and no other site can have it sent. */
export const token = {
  get: () => sessionStorage.getItem(KEY),
  /** @param {string} text */
  set: (text) => sessionStorage.setItem(KEY, text),
  forget: () => sessionStorage.removeItem(KEY),
};

/** @typedef {{ body?: object, signal?: AbortSignal | undefined }} Options */

/** @param {string} path @param {Options} [options] */
async function request(path, { body, signal } = {}) {
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token.get() ?? ''}` },
    body: body === undefined ? null : JSON.stringify(body),
    credentials: 'omit', cache: 'no-store', redirect: 'error', signal: signal ?? null,
  });
  if (response.ok) return response;
  const problem = await /** @type {Promise<object>} */ (response.json()).catch(() => ({ title: response.statusText, status: response.status }));
  throw new Refused(problem);
}

/**
 * Answers of the control API, as the server's own types have them.
 * @typedef {import('../control/protocol.ts').Answers} Answers
 * @type {(path: string, options?: Options) => Promise<unknown>}
 */
export const ask = async (path, options) => (await request(path, options)).json();

/**
 * Yields the objects of a stream of server-sent events (WHATWG HTML, "Interpreting an event stream"). `opened` is told when it begins.
 * @param {string} path @param {AbortSignal} signal @param {() => void} [opened] @returns {AsyncGenerator<unknown, void>}
 */
export async function* stream(path, signal, opened = () => undefined) {
  const response = await request(path, { signal });
  opened();
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  /** @type {string[]} */
  let data = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r\n|\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
      else if (line === '' && data.length > 0) {
        const text = data.join('\n');
        data = [];
        yield /** @type {unknown} */ (JSON.parse(text));
      }
    }
  }
}
