import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/**
 * Closes a run with `N passed, N failed` alone on a line, `, N skipped` behind it when some were not run, and lists those by
 * name. What went wrong outside a test, an import, a hook, a rejection that nobody owned, counts as one failed each.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
    const outside = [...modules, ...modules.flatMap((module) => [...module.children.allSuites()])]
      .reduce((count, place: TestModule | TestSuite) => count + place.errors().length, unhandled.length);
    const notRun = [...inState('skipped'), ...inState('pending')];
    if (notRun.length > 0) say('Not run, for want of root, namespaces or a program, or because a set-up failed:');
    for (const test of notRun) say(`  ${test.module.relativeModuleId} > ${test.fullName}`);
    say(`${inState('passed').length} passed, ${inState('failed').length + outside} failed${notRun.length > 0 ? `, ${notRun.length} skipped` : ''}`);
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
