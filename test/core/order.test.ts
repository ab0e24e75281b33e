import { describe, expect, test } from 'vitest';
import { newGame, node } from './order-play.ts';

const shop = () => newGame(node('db'), node('web', ['db']), node('log'), node('proxy', ['web', 'log']));

describe('up', () => {
  test('needs come first, independent ones side by side', () => {
    const game = shop();
    game.up('proxy');
    expect(game.done()).toEqual(['start db', 'start log']);
    game.moved('db');
    expect(game.done()).toEqual(['db up done', 'start web']);
    game.moved('web');
    expect(game.done()).toEqual(['web up done']);
    expect(game.waitsFor('proxy')).toEqual(['log']);
    game.moved('log');
    expect(game.done()).toEqual(['log up done', 'start proxy']);
  });

  test('a failure skips what depends on it and nothing else; asked once, it is over for those (spec 5.7)', () => {
    const game = shop();
    game.once('proxy');
    game.done();
    game.fails('db');
    expect(game.done()).toEqual(['db up failed', 'web up skipped', 'proxy up skipped']);
    game.moved('log');
    game.rose('db');
    expect(game.done()).toEqual(['log up done', 'db up done']);
  });

  test('a lasting goal outlives the failure of a need: it starts when that comes up after all', () => {
    const game = shop();
    game.up('web');
    game.fails('db');
    expect(game.done()).toEqual(['start db', 'db up failed', 'web up skipped']);
    expect(game.waitsFor('web')).toEqual(['db']);
    game.up('db');
    game.moved('db');
    expect(game.done()).toEqual(['start db', 'db up done', 'start web']);
  });

  test('a need that was started behind our back counts, too, as soon as it is ready', () => {
    const game = shop();
    game.up('web');
    game.fails('db');
    game.done();
    game.rose('db', false);
    expect(game.done()).toEqual([]);
    game.rose('db');
    expect(game.done()).toEqual(['db up done', 'start web']);
  });

  test('an ask joins those that run, and never waits behind a slow one', () => {
    const game = shop();
    game.up('db');
    game.up('log');
    expect(game.done()).toEqual(['start db', 'start log']);
    game.up('proxy');
    game.moved('log');
    expect(game.done()).toEqual(['log up done']);
  });

  test('of what is up already nothing is started again', () => {
    const game = shop();
    game.up('db');
    game.moved('db');
    game.done();
    game.up('db');
    expect(game.done()).toEqual(['db up done']);
  });

  test('what is left out of the graph waits for somebody to mend that', () => {
    const game = newGame(node('web', ['db']));
    game.up('web');
    expect(game.done()).toEqual(['web up skipped']);
    game.redraw(node('web', ['db']), node('db'));
    expect(game.done()).toEqual([]);
    game.up('db');
    game.moved('db');
    expect(game.done()).toEqual(['start db', 'db up done', 'start web']);
  });

  test('a need that ends for good before it was ready again is told to those who wait for it', () => {
    const game = shop();
    game.up('db');
    game.moved('db');
    game.fell('db');
    game.once('web');
    game.done();
    game.fell('db', 'down');
    expect(game.done()).toEqual(['web up skipped']);
  });
});

describe('soft edges', () => {
  const cached = () => newGame(node('cache'), node('late', [], { after: ['cache'] }), node('web', [], { wants: ['cache'] }));

  test('what is wanted is started, too, and waited for; what is only after is not started', () => {
    const game = cached();
    game.up('late');
    expect(game.done()).toEqual(['start late']);
    game.up('web');
    expect(game.done()).toEqual(['start cache']);
    game.moved('cache');
    expect(game.done()).toEqual(['cache up done', 'start web']);
  });

  for (const [what, act] of [
    ['its first try has failed', (game) => game.give({ type: 'stumbled', name: 'cache', failure: undefined })],
    ['it has failed', (game) => game.fails('cache')],
    ['it is stopped', (game) => game.down('cache')],
  ] as [string, (game: ReturnType<typeof cached>) => void][]) {
    test(`nobody waits any longer when ${what}`, () => {
      const game = cached();
      game.up('web', 'late');
      expect(game.done()).toEqual(['start cache']);
      act(game);
      expect(game.done()).toEqual(expect.arrayContaining(['start late', 'start web']));
    });
  }

  test('nor for one whose own need does not come', () => {
    const game = newGame(node('disk'), node('cache', ['disk']), node('web', [], { wants: ['cache'] }));
    game.up('web');
    expect(game.done()).toEqual(['start disk']);
    game.give({ type: 'stumbled', name: 'disk', failure: undefined });
    expect(game.done()).toEqual(['start web']);
  });

  test('down: who wants it or comes after it stops first, if it is stopped anyway', () => {
    const game = cached();
    game.up('web', 'late');
    for (const name of ['cache', 'web', 'late']) game.moved(name);
    game.done();
    game.down('cache', 'late');
    expect(game.done()).toEqual(['stop late']);
    game.moved('late');
    expect(game.done()).toEqual(['late down done', 'stop cache']);
    expect(game.places()).toEqual(['cache falling', 'web ready']);
  });
});

describe('down', () => {
  const standing = () => {
    const game = shop();
    game.up('proxy');
    for (const name of ['db', 'log', 'web', 'proxy']) game.moved(name);
    game.done();
    return game;
  };

  test('dependents first, also those that nobody named', () => {
    const game = standing();
    game.down('db');
    expect(game.done()).toEqual(['stop proxy']);
    game.moved('proxy');
    game.moved('web');
    expect(game.done()).toEqual(['proxy down done', 'stop web', 'web down done', 'stop db']);
    expect(game.places()).toEqual(['db falling', 'log ready']);
  });

  test('what fails to go down is down all the same: everything must be able to end', () => {
    const game = standing();
    game.down('db');
    game.fails('proxy');
    expect(game.done()).toEqual(['stop proxy', 'proxy down failed', 'stop web']);
  });

  test('a stop works at once while it waits for its need, and while it starts', () => {
    const game = shop();
    game.up('proxy');
    game.done();
    game.down('proxy');
    expect(game.done()).toEqual(['proxy up skipped', 'proxy down done']);
    game.down('db');
    expect(game.done()).toEqual(['db up skipped', 'proxy down done', 'web up skipped', 'web down done', 'stop db']);
  });

  test('a start while it stops brings it back, and what it needs', () => {
    const game = standing();
    game.down('db');
    game.moved('proxy');
    game.done();
    game.up('proxy');
    expect(game.done()).toEqual(['db down skipped', 'db up done', 'log up done', 'web down skipped']);
    game.moved('web');
    expect(game.done()).toEqual(['start web']);
    game.moved('web');
    expect(game.done()).toEqual(['web up done', 'start proxy']);
  });

  test('broken off, what moves is asked to end, and nothing new is begun', () => {
    const game = shop();
    game.once('proxy');
    game.done();
    game.give({ type: 'aborted', direction: 'up', names: ['db', 'log', 'proxy', 'web'] });
    expect(game.done()).toEqual(['abort db', 'abort log', 'proxy up skipped', 'web up skipped']);
    game.moved('db');
    game.fails('log');
    expect(game.done()).toEqual(['db up done', 'log up failed']);
  });

  test('what failed to come up and is still ending is waited for', () => {
    const game = shop();
    game.once('web');
    game.moved('db');
    game.fails('web', true);
    game.done();
    game.down('db');
    expect(game.done()).toEqual(['proxy down done']);
    game.moved('web');
    expect(game.done()).toEqual(['web down done', 'stop db']);
  });
});

describe('a need that falls', () => {
  const bound = (...restarts: string[]) => {
    const game = newGame(node('db'), node('web', ['db'], { restarts }), node('proxy', ['web'], { restarts: ['web'] }), node('tail', ['proxy']));
    game.up('tail');
    for (const name of ['db', 'web', 'proxy', 'tail']) game.moved(name);
    game.done();
    return game;
  };

  test('takes nobody with it', () => {
    const game = bound();
    game.fell('db');
    game.rose('db');
    expect(game.done()).toEqual(['db up done']);
  });

  test('restarts who asked for that, and who is bound to those, when it is ready again', () => {
    const game = bound('db');
    game.fell('db');
    expect(game.done()).toEqual(['stop web', 'stop proxy']);
    game.moved('web');
    expect(game.waitsFor('web')).toEqual(['db']);
    expect(game.done()).toEqual([]);
    game.rose('db');
    game.moved('proxy');
    game.moved('web');
    expect(game.done()).toEqual(['db up done', 'start web', 'web up done', 'start proxy']);
  });

  test('a stop while it waits to come back is a stop', () => {
    const game = bound('db');
    game.fell('db', 'down');
    game.down('web');
    game.moved('web');
    game.moved('proxy');
    game.done();
    game.rose('db');
    expect(game.done()).toEqual(['db up done']);
  });
});
