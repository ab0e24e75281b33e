/**
 * `node cache.cjs FILE PROGRAM WORD…` runs a program of n6 that compiles by way of vm.Script, and writes what V8 has compiled when
 * the program ends into FILE (v8.dev/blog/code-caching: what was run is in it, what was not is compiled when it is).
 */
const { writeFileSync } = require('node:fs');
const vm = require('node:vm');

const [, , file, program] = process.argv;
process.argv.splice(1, 3, program);
const { Script } = vm;
let made;
vm.Script = class extends Script {
  constructor(source, { filename }) {
    super(source, { filename });
    made = this;
  }
};
process.on('exit', () => writeFileSync(file, made.createCachedData()));
require(program);
