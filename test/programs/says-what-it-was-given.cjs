// Stands in for lib/n6.cjs and lib/svc.cjs: prints, as one line of JSON, everything a launcher handed over.
const fs = require('node:fs');
const path = require('node:path');

// A launcher that passed on what its caller had put there must not cost anybody a file.
const named = process.env.N6_ENVIRON_FILE;
const file = named !== undefined && path.basename(named).startsWith('n6-environ.') && fs.existsSync(named) ? named : undefined;
const saved = file === undefined ? undefined : { mode: fs.statSync(file).mode & 0o7777, bytes: fs.readFileSync(file, 'latin1') };
if (file !== undefined) fs.unlinkSync(file);
const blank = /^ *$/.test(process.argv[2] ?? 'x') ? process.argv[2] : '';
const given = {
  program: path.basename(__filename), arguments: process.argv.slice(blank === '' ? 2 : 3), room: blank.length, environment: process.env, saved,
  directory: process.cwd(), umask: process.umask(), pid: process.pid,
};
const line = `${JSON.stringify(given)}\n`;
if (process.env.SAY_IT_TO === undefined) fs.writeSync(1, line);
else fs.writeFileSync(process.env.SAY_IT_TO, line);
