/** Every mistake gets one clear sentence with file and line, and becomes a fault: the service is there and is not started. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemText } from '../../../src/core/messages.ts';
import { readServiceDirectory } from '../../../src/servicedir/read.ts';
import { createYamlReader } from '../../../src/servicedir/yaml/reader.ts';
import { temporary, write } from '../../help/machine.ts';
import { readYaml, RUN } from './help.ts';

const at = (line: number, rest: string): string => `DIR/service.yaml:${line}: expected ${rest}`;

describe('one value, one sentence', () => {
  test.each([
    ['descripton: x', 'a key of service.yaml, got "descripton"; did you mean "description"?'],
    ['ready: { tpc: 80 }', 'a key of ready, got "tpc"; did you mean "tcp"?',
      'ready to be a mapping with exactly one of fd, notify, tcp, unix, http, exec or log, got "a mapping"; write one of them'],
    ['nice: high', 'nice to be a whole number from -20 to 19, got "high"; write it like this: 5'],
    ['nice: 20', 'nice to be a whole number from -20 to 19, got "20"; write it like this: 5'],
    ['nice: "5"', 'nice to be a whole number from -20 to 19, got "5"; write it without quotes'],
    ['nice: 1.5', 'nice to be a whole number from -20 to 19, got "1.5"; write it like this: 5'],
    ['nice:', 'nice to be a whole number from -20 to 19; write it like this: 5'],
    ['oom-score-adj: 1001', 'oom-score-adj to be a whole number from -1000 to 1000, got "1001"; write it like this: 5'],
    ['critical: yes', 'critical to be true or false, got "yes"; write true or false, without quotes'],
    ['restart: alwasy', 'restart to be always, on-failure or never, got "alwasy"; did you mean "always"?'],
    ['backoff: { initial: 5 }', 'backoff.initial to be a duration such as 500ms, 10s, 1.5m, 2h or 1d, got "5"; '
      + 'write 5s or 5ms: a bare number means seconds to some and milliseconds to others'],
    ['backoff: { initial: -5s }', 'backoff.initial to be a duration such as 500ms, 10s, 1.5m, 2h or 1d, got "-5s"; it cannot be negative'],
    ['backoff: { initial: 5 s }', 'backoff.initial to be a duration such as 500ms, 10s, 1.5m, 2h or 1d, got "5 s"; '
      + 'write one number and one unit: ms, s, m, h or d'],
    ['backoff: { max: 30d }', 'backoff.max to be a duration such as 500ms, 10s, 1.5m, 2h or 1d, at most 24d, got "30d"; shorten it'],
    ['backoff: { jitter: 2 }', 'backoff.jitter to be a number from 0 to 1, got "2"; write it like this: 1'],
    ['ready: { tcp: 0 }', 'ready.tcp to be a whole number from 1 to 65535, got "0"; write it like this: 5432'],
    ['ready: { tcp: 65536 }', 'ready.tcp to be a whole number from 1 to 65535, got "65536"; write it like this: 5432'],
    ['ready: { tcp: "db:70000" }', 'ready.tcp to be host:port, got "db:70000"; a port is from 1 to 65535'],
    ['ready: { tcp: "80" }', 'ready.tcp to be host:port, got "80"; write a port without quotes'],
    ['ready: { http: "https://x/" }', 'ready.http to be a URL that begins with http://, got "https://x/"; '
      + 'ask the service itself over http://, or use exec with a program that knows its certificates'],
    ['ready: { http: localhost }', 'ready.http to be a URL that begins with http://, got "localhost"; write it like this: http://127.0.0.1:8080/health'],
    ['ready: { log: "(" }', 'ready.log to be a regular expression, got "("; /(/u: Unterminated group'],
    ['ready: { fd: 2 }', 'ready.fd to be a whole number from 3 to 1023, got "2"; write it like this: 5'],
    ['ready: { notify: false }', 'ready.notify to be true, got "false"; take ready away if it does not say that it is ready'],
    ['ready: { fd: 3, tcp: 80 }',
      'ready to be a mapping with only one of fd, notify, tcp, unix, http, exec or log, got "a mapping"; take away all but one of fd, tcp'],
    ['ready: { fd: 3, interval: 1s }', 'ready.interval with tcp, unix, http or exec, got "interval"; the service speaks by itself; take it away'],
    ['health: { interval: 1s }', 'health to be a mapping with at least one of tcp, unix, http, exec or watchdog, got "a mapping"; write one of them'],
    ['health: { tcp: 1, http: http://a/ }', 'only one of tcp, unix, http and exec in health, got "tcp, http"; take away all but one'],
    ['umask: 027', 'umask to be an octal mask in quotes, such as "027", got "027"; write "027": without quotes YAML 1.2 reads it as a decimal number'],
    ['umask: "088"', 'umask to be an octal mask in quotes, such as "027", got "088"; use digits from 0 to 7, at most 777'],
    ['umask: "7777"', 'umask to be an octal mask in quotes, such as "027", got "7777"; use digits from 0 to 7, at most 777'],
    ['user: a b', 'user to be the name or the number of an account, got "a b"; write it like this: www'],
    ['user: -1', 'user to be the name or the number of an account, got "-1"; write it like this: www'],
    ['command: []', 'command to be a command of 1 to 1000 words, got "a list"; name the program first'],
    ['command: { run: x }', 'command to be a command: a list of its words, or text for /bin/sh -c, got "a mapping"; write it like this: [postgres, -D, /data]'],
    ['env: { A B: 1 }', 'each key of env to be the name of a variable, got "A B"; correct it: ^[A-Za-z_][A-Za-z0-9_]{0,254}$'],
    ['env: { A: }', 'env.A to be text; for an empty text write ""'],
    ['env: { A: [1] }', 'env.A to be text, got "a list"; write one text, in quotes if it has brackets or colons'],
    ['env: [A=1]', 'env to be a mapping of variables, got "a list"; write a line "name: value" for each'],
    ['limits: { nofiles: 1 }', 'each key of limits to be the name of a limit (prlimit(1)), got "nofiles"; did you mean "nofile"?'],
    ['limits: { nofile: -1 }',
      'limits.nofile to be a number, a size such as 64k, 10m or 1g, or unlimited, got "-1"; it cannot be negative; without a limit it is: unlimited'],
    ['limits: { nofile: { soft: 5 } }', 'limits.nofile to have the key hard; write it like this: hard: 4096'],
    ['limits: { nofile: { soft: 5, hard: 4 } }', 'limits.nofile.soft to be at most its hard one, got "5"; lower it to 4'],
    ['success-codes: [256]', 'success-codes[0] to be a whole number from 0 to 255, got "256"; write it like this: 5'],
    ['success-codes: [TREM]', 'success-codes[0] to be the name of a signal, got "TREM"; write it like this: TERM'],
    ['stop: TREM', 'stop to be a signal, with or without the time until the next step, got "TREM"; write it like this: TERM 10s'],
    ['stop: [TERM 10]', 'stop[0] to be a signal, with or without the time until the next step, got "TERM 10"; the time is written like this: TERM 10s'],
    ['stop: [KILL, TERM]', 'KILL as the last signal of stop, got "KILL"; nothing outlives it; take away what follows'],
    ['reload: { signal: HUP, command: x }', 'reload.signal or reload.command, not both, got "command"; take one of them away'],
    ['reload: { signal: HUP, haproxy: /s }', 'reload.haproxy or reload.signal, not both, got "signal"; take one of them away'],
    ['reload: { haproxy: { master: /s, servers: runtime } }', 'servers: runtime with config, got "runtime"; name the file that has its servers'],
    ['needs: db', 'needs to be a list of names of services, or a mapping of names of services, got "db"; write one of these forms'],
    ['needs: [web]', 'needs to name other services, got "web"; a service cannot wait for itself; take it away'],
    ['needs: [a, a]', 'needs to be a list without a twice, got "a list"; take one of them away'],
    ['{ needs: [a], after: [a] }', 'a name in needs or in after, not in both, got "a"; take it out of after: needs says more'],
    ['schedule: "* * * *"', 'schedule to be a cron expression, got "* * * *"; it needs five fields, minute to day of the week, and has 4', null],
    ['{ once: true, schedule: "61 * * * *" }', 'schedule to be a cron expression, got "61 * * * *"; "61" is no minute: from 0 to 59'],
    ['{ once: true, schedule: { cron: "0 0 * * *", zone: Mars/Base } }', 'schedule.zone to be a time zone, got "Mars/Base"; write it like this: Europe/Berlin'],
    ['schedule: { every: 1m }', 'a schedule for oneshots only, got "schedule"; write once: true, too'],
    ['{ once: true, restart: always }', 'restart of a oneshot to be on-failure or never, got "always"; with always it would never be done'],
    ['{ once: true, health: { tcp: 1 } }', 'no health for a oneshot, got "health"; it is ready when it is done; take it away, or take once away'],
    ['{ critical: true, restart: always }', 'critical with an end, got "true"; with restart: always it never ends for good; '
      + 'write give-up, or restart: on-failure or never'],
    ['give-up: { within: 1m }', 'give-up to have the key after; write it like this: after: 5'],
    ['give-up: { after: 5, within: 3s }', 'give-up.within to be long enough for 5 failures, got "3s"; '
      + 'the waits between them take 4s alone; lengthen it, or lower give-up.after'],
    ['{ restart: never, backoff: { initial: 1s } }', 'no backoff without restarts, got "backoff"; '
      + 'with restart: never it is not restarted; take it away, or write restart: on-failure'],
    ['backoff: { initial: 1m, max: 1s }', 'backoff.max to be at least backoff.initial, got "1s"; raise it to 1m'],
    ['{ env: { A: 1 }, secrets: [A] }', 'a variable in env or in secrets, not in both, got "A"; take it out of one of them'],
    ['logs: jsno', 'logs to be inherit, discard, raw, prefix, timestamps or json, got "jsno"; did you mean "json"?'],
    ['logs: { size: 1m }', 'logs.size with logs.directory, got "size"; name the directory for its files, or take it away'],
    ['logs: { format: json, prefix: true }', 'no prefix with format: json, got "prefix"; take it away: each line has its service in it'],
    ['logs: { directory: /l, size: 10 }', 'logs.size to be a size such as 64k, 10m or 1g, at least 1k, got "10"; write it like this: 10m'],
    ['logs: { directory: /l, count: 0 }', 'logs.count to be a whole number from 1 to 10000, got "0"; write it like this: 5'],
    ...(process.versions['zstd'] === undefined ? [['logs: { directory: /l, compress: zstd }', `a compression that this Node has, got "zstd"; `
      + `Node ${process.versions.node} has no zstd; write gzip, or use the layer with its own runtime`] as [string, string]] : []),
    ['instances: 2', 'no instances yet, got "2"; they come with a later version of n6; make a directory for each'],
    ['enabled-if: { env: 1X }', 'enabled-if.env to be NAME or NAME=VALUE, got "1X"; write it like this: DEBUG'],
    ['- a', 'the file to be a mapping of keys, got "a list"; write a line "key: value" for each'],
    ['just text', 'the file to be a mapping of keys, got "just text"; write a line "key: value" for each'],
  ])('%s', (yaml, ...sentences) => {
    const { told, definition } = readYaml(yaml, yaml.startsWith('command') ? {} : RUN);
    const wanted = sentences.filter((sentence): sentence is string => typeof sentence === 'string').map((sentence) => at(1, sentence));
    expect(told.slice(0, wanted.length)).toEqual(wanted);
    if (!sentences.includes(null)) expect(told).toEqual(wanted);
    expect(definition.policy.faults.map((fault) => fault.replaceAll(definition.directory, 'DIR'))).toEqual(told);
  });
});

describe('the text itself', () => {
  test.each([
    ['a:\n\tb: 1\n', 2, 'YAML; indent with blanks, not with tabs'],
    ['nice: 1\nnice: 2\n', 2, 'each key once, got "nice"; it is in line 1, too; take one of them away'],
    ['nice: 1\n---\nnice: 2\n', 2, 'YAML; one document and no more; take away what follows the line ---'],
    ['%YAML 1.1\n---\nnice: 1\n', 1, 'YAML 1.2 without directives; take away the line that begins with %'],
    ['nice: !!int "1"\nuser: !mine x\n', 2, 'YAML; leave out the tag (a word that begins with !)'],
    ['env: [a\nnice: 1\n', 2, undefined],
    ['description: *x\n', 1, 'an anchor &x before *x; text that begins with * is written in quotes; an alias may not be inside of what it stands for'],
    ['description: &x [*x]\n', 1, 'an anchor &x before *x; text that begins with * is written in quotes; an alias may not be inside of what it stands for'],
    ['? [a]\n: 1\n', 1, undefined],
  ])('%j', (yaml, line, rest) => {
    const { told } = readYaml(yaml);
    if (rest === undefined) expect(told[0]).toMatch(new RegExp(`^DIR/service.yaml:${line}: expected `));
    else expect(told).toEqual([at(line, rest)]);
  });

  test('an anchor and its aliases are what they stand for', () => {
    const { definition, told } = readYaml('needs: &n [a, b]\nenv: { A: &v x, B: *v }\n');
    expect(told).toEqual([]);
    expect(definition.policy.launch.env).toEqual({ A: 'x', B: 'x' });
  });

  test('all problems are told at once, each with its line', () => {
    const { told } = readYaml('nice: 30\nuesr: x\nready:\n  tcp: 0\n  timeout: 5\nneeds: [web]\n');
    expect(told.map((sentence) => /:(\d+): /.exec(sentence)![1])).toEqual(['1', '2', '4', '5', '6']);
  });

  test('a bomb of aliases is met by a limit', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array.from({ length: 9 }, () => `*l${i}`).join(', ')}]`);
    const { told } = readYaml(`l0: &l0 [x]\n${levels.join('\n')}\n`);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/expected at most (5000 values|100 aliases|20 levels)/);
  });
});

describe('a file that is none', () => {
  const inPlaceOf = (make: (file: string) => void): string[] => {
    const directory = temporary();
    write(directory, RUN);
    make(path.join(directory, 'service.yaml'));
    const began = performance.now();
    const { problems, definition } = readServiceDirectory(directory, 'web', { yaml: { read: createYamlReader() } });
    expect(performance.now() - began).toBeLessThan(2000);
    expect(definition.policy.faults).toHaveLength(1);
    return problems.map((problem) => problemText(problem).replaceAll(directory, 'DIR'));
  };

  test('100 MB', () => {
    expect(inPlaceOf((file) => {
      writeFileSync(file, '');
      truncateSync(file, 100_000_000);
    })).toEqual([at(1, 'a file of at most 256 KiB, got "100000000 bytes"; keep data in files of their own')]);
  });
  test('a directory', () => expect(inPlaceOf((file) => mkdirSync(file))).toEqual([at(1,
    'a regular file, got "a directory"; look at it: ls -ld DIR/service.yaml')]));
  test('a FIFO', () => {
    expect(inPlaceOf((file) => execFileSync('mkfifo', [file]))).toEqual([at(1, 'a regular file, got "no regular file"; look at it: ls -ld DIR/service.yaml')]);
  });
  test('bytes that are no UTF-8', () => {
    expect(inPlaceOf((file) => writeFileSync(file, Buffer.from('nice: 1\nuser: \xff\n', 'latin1'))))
      .toEqual([at(2, 'text in UTF-8, got "bytes that are no UTF-8"; convert it: iconv -t UTF-8 DIR/service.yaml')]);
  });
  test.skipIf(process.geteuid?.() === 0)('a file that may not be read', () => {
    expect(inPlaceOf((file) => {
      writeFileSync(file, '');
      chmodSync(file, 0);
    })[0]).toContain('a file that can be read');
  });
  test('a link that leads nowhere', () => {
    expect(inPlaceOf((file) => execFileSync('ln', ['-s', '/nowhere', file]))[0]).toContain('a file that can be read, got "no such file or directory (ENOENT)"');
  });
});

describe('files of s6 that say the same', () => {
  test.each([
    ['command: [a]', 'run!', 'command', 'run'],
    ['once: { up: [a] }', 'run!', 'once.up', 'run'],
    ['ready: { tcp: 80 }', 'notification-fd', 'ready', 'notification-fd'],
    ['stop: TERM', 'timeout-kill', 'stop', 'timeout-kill'],
    ['stop: TERM', 'down-signal', 'stop', 'down-signal'],
    ['stop: { group: true }', 'flag-timeout-killpg', 'stop', 'flag-timeout-killpg'],
    ['reload: HUP', 'reload-signal', 'reload', 'reload-signal'],
    ['logs: discard', 'log/run!', 'logs', 'log'],
  ])('%s beside %s', (yaml, file, key, name) => {
    const { told } = readYaml(yaml, { ...(file === 'run!' ? {} : RUN), [file]: file.includes('signal') ? 'TERM' : file.endsWith('!') ? '#!/bin/sh\n' : '3' });
    const value = JSON.stringify(key);
    expect(told).toContain(at(1, `the key ${key} or the file ${name}, not both, got ${value}; take one of them away: they say the same thing`));
  });
});

describe('enabled-if', () => {
  const disabled = (condition: string, variables: Readonly<Record<string, string>>): string | undefined =>
    readYaml(`enabled-if: ${condition}`, RUN, variables).disabled;
  test.each([
    ['{ env: A }', {}, 'the variable A is not set'],
    ['{ env: A }', { A: '' }, 'the variable A is empty'],
    ['{ env: A }', { A: 'x' }, undefined],
    ['{ env: A=x }', { A: 'x' }, undefined],
    ['{ env: A=x }', { A: 'y' }, 'the variable A has another value'],
    ['{ env: "A=" }', { A: '' }, undefined],
    ['{ env: [A, B=1] }', { A: 'x', B: '2' }, 'the variable B has another value'],
    ['{ file: /nowhere }', {}, '/nowhere is not there'],
    ['{ file: run }', {}, undefined],
    ['{ env: A, file: /nowhere }', { A: '1' }, '/nowhere is not there'],
  ])('%s with %j', (condition, variables, why) => expect(disabled(condition, variables as Record<string, string>)).toBe(why));
  test('is not asked without variables', () => expect(readYaml('enabled-if: { env: A }').disabled).toBeUndefined());
});
