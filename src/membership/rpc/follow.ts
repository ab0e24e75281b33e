/**
 * Follows a Serf agent: one stream of its events says that something has changed, the list of its members says what is.
 * Events are missed, repeated and put together (spec/peers section 7), the list is always whole.
 */
import { readFileSync } from 'node:fs';
import { addressText } from '../../core/address.ts';
import type { SerfPlan } from '../../core/membership-plan.ts';
import type { Member } from '../../core/members.ts';
import type { Agent, Listener, Provider } from '../provider.ts';
import type { Answer } from '../interface.ts';
import { connect, type Connection } from './connection.ts';
import { createSeeding } from './seeds.ts';
import { isMessage, membersIn, textOf, type Message } from './wire.ts';

const EVENTS = 'member-join,member-leave,member-failed,member-update,member-reap,query';
/** Milliseconds between tries to connect: the first, and the longest. The agent may be starting. */
const FIRST_RETRY = 100;
const LONGEST_RETRY = 5000;
/** Milliseconds that the agent may be away before the log says so: it starts when n6 starts, and may be restarted. */
const PATIENCE = 3000;
/** Milliseconds between two lists that follow each other. */
const PAUSE = 20;
/** Milliseconds that an agent has beyond the time of a query to say that it is over. */
const QUERY_MARGIN = 5000;
/** Queries that are being answered at once: more than that only an attack sends. */
const MOST_ANSWERS = 64;
/** What Serf lets an answer have (its query_response_size_limit), with some left for its envelope. */
const LONGEST_ANSWER = 900;

/** `patience`: milliseconds for each answer of the agent. */
export function followSerf(plan: SerfPlan, listener: Listener, patience?: number): Provider & { agent: Agent } {
  const where = `the Serf agent at ${addressText(plan.rpc)}`;
  let connection: Connection | undefined;
  let self: string | undefined;
  let stopped = false;
  let connecting = false;
  let delay = FIRST_RETRY;
  let retry: NodeJS.Timeout | undefined;
  let interval: NodeJS.Timeout | undefined;
  let reading = false;
  let again = false;
  let answering = 0;
  /** Monotonic, milliseconds; undefined: it is there. */
  let absentSince: number | undefined = performance.now();
  let told = false;
  const seeding = createSeeding(plan.seeds, {
    join: (hosts) => ask('join', { Existing: hosts, Replay: false }, 60_000),
    look: () => void read(),
    report: (level, text) => listener.report(level, `${where} ${text}`),
    failed: listener.failed,
  });

  function ask(command: string, body?: Message, timeout?: number): Promise<Message | undefined> {
    return connection === undefined ? Promise.reject(new Error(`${where} cannot be reached`)) : connection.request(command, body, timeout);
  }

  async function open(): Promise<void> {
    connecting = true;
    clearTimeout(retry);
    try {
      const made = await connect(plan.rpc, (reason) => {
        // While it is being opened, what was asked rejects.
        if (connection === made && !connecting) lost(reason);
      }, patience);
      connection = made;
      if (stopped) return drop();
      await made.request('handshake', { Version: 1 });
      const key = keyOf(plan);
      if (key !== undefined) await made.request('auth', { AuthKey: key });
      const agent = (await made.request('stats'))?.['agent'];
      self = isMessage(agent) ? textOf(agent['name']) : undefined;
      await made.open('stream', { Type: EVENTS }, hear);
      connecting = false;
      await read();
    } catch (error) {
      connecting = false;
      lost(error as Error);
    }
  }

  function drop(): void {
    const ended = connection;
    connection = undefined;
    ended?.close();
    clearTimeout(interval);
    seeding.stop();
  }

  function lost(error: Error): void {
    drop();
    // It may be what the other end says.
    const message = error.message.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ');
    if (stopped) return;
    listener.lost(message);
    absentSince ??= performance.now();
    if (!told && performance.now() - absentSince >= PATIENCE) {
      told = true;
      listener.report('warn', `${where}: ${message}; its last list of members stays, and it is tried again. Is it running, and is its -rpc-addr this one?`);
    }
    clearTimeout(retry);
    retry = setTimeout(() => void open(), delay);
    delay = Math.min(LONGEST_RETRY, 2 * delay);
  }

  /** One list at a time, and one more for all that happens meanwhile. */
  async function read(): Promise<void> {
    const from = connection;
    if (from === undefined || connecting) return;
    again = reading;
    if (reading) return;
    reading = true;
    clearTimeout(interval);
    try {
      for (;;) {
        again = false;
        const members = membersIn(await from.request('members'));
        if (connection !== from) return;
        arrived(members);
        if (!hasMore()) break;
        // A storm of events costs no more than this.
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
      interval = setTimeout(() => void read(), plan.interval);
    } catch (error) {
      // An agent that refuses this has nothing for us: another connection, later.
      if (connection === from) lost(error as Error);
    } finally {
      reading = false;
    }
  }

  /** Set while the list was on its way. */
  const hasMore = (): boolean => again;

  function arrived(members: readonly Member[]): void {
    delay = FIRST_RETRY;
    if (told) listener.report('info', `${where} is there again, with ${members.length} members`);
    told = false;
    absentSince = undefined;
    listener.list(members);
    seeding.look(members);
  }

  function hear(event: Message): boolean {
    if (textOf(event['Event']) === 'query') answer(event).catch((error: unknown) => listener.failed('answering a query', error));
    else void read();
    return false;
  }

  async function answer(query: Message): Promise<void> {
    const said = answering < MOST_ANSWERS ? listener.asked(textOf(query['Name']), textOf(query['Payload'])) : undefined;
    if (said === undefined) return;
    answering++;
    try {
      const payload = await said;
      if (payload === undefined) return;
      // Too late, or twice, is refused: whoever asked has gone on.
      await ask('respond', { ID: query['ID'], Payload: Buffer.from(payload.slice(0, LONGEST_ANSWER)) }).catch(() => undefined);
    } finally {
      answering--;
    }
  }

  void open();
  return {
    look() {
      if (connection !== undefined) return void read();
      if (stopped || connecting) return;
      delay = FIRST_RETRY;
      void open();
    },
    stop() {
      stopped = true;
      clearTimeout(retry);
      drop();
    },
    agent: {
      self: () => self,
      async setTags(tags) {
        const set = Object.entries(tags).filter((entry): entry is [string, string] => entry[1] !== undefined);
        await ask('tags', { Tags: Object.fromEntries(set), DeleteTags: Object.keys(tags).filter((name) => tags[name] === undefined) });
      },
      query: (name, payload, timeout, enough = () => false) => new Promise((resolve, reject) => {
        const answers: Answer[] = [];
        if (connection === undefined) return reject(new Error(`${where} cannot be reached`));
        const end = (): void => {
          clearTimeout(timer);
          resolve(answers);
        };
        const timer = setTimeout(end, timeout + QUERY_MARGIN);
        const body = { Name: name, Payload: Buffer.from(payload), Timeout: timeout * 1e6, RequestAck: false, FilterNodes: [], FilterTags: {} };
        connection.open('query', body, (message) => {
          const type = textOf(message['Type']);
          if (type === 'response') answers.push({ from: textOf(message['From']), payload: textOf(message['Payload']) });
          if (type === 'done' || enough(answers)) end();
          return type === 'done';
        }).catch((error: Error) => {
          clearTimeout(timer);
          reject(error);
        });
      }),
      leave: async (timeout) => void await ask('leave', undefined, timeout),
    },
  };
}

/** Throws a sentence where the file cannot be read. */
function keyOf({ authKey, authKeyFile }: SerfPlan): string | undefined {
  if (authKeyFile === undefined) return authKey;
  try {
    return readFileSync(authKeyFile, 'utf8').trim();
  } catch (error) {
    throw new Error(`its key cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
