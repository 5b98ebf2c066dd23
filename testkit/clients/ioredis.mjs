// ioredis' Cluster: node ioredis.mjs COMMANDS HOST:PORT[,HOST:PORT…], packages below $MODULES.
import { createRequire } from 'node:module';
import { addresses, run } from './workload.mjs';

const Redis = createRequire(`${process.env.MODULES}/`)('ioredis');
const [commands, seeds] = process.argv.slice(2);

const cluster = new Redis.Cluster(addresses(seeds));
cluster.on('error', (e) => console.log(`ioredis: ${e.message}`));
const code = await run(
  'ioredis',
  Number(commands),
  (key, value) => cluster.set(key, value),
  (key) => cluster.get(key),
);
cluster.disconnect();
process.exit(code);
