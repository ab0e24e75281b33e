const { readFileSync } = require('node:fs');
const Handlebars = require('handlebars');

const addresses = readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => {
  const [host, ip] = line.split(' ');
  return { host, ip };
});
process.stdout.write(Handlebars.compile(readFileSync(process.argv[2], 'utf8'))({ addresses }));
