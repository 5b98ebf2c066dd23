// node-redis' cluster: node node-redis.mjs COMMANDS HOST:PORT[,HOST:PORT…], packages below $MODULES.
import { createRequire } from 'node:module';
import { addresses, run } from './workload.mjs';

const { createCluster } = createRequire(`${process.env.MODULES}/`)('redis');
const [commands, seeds] = process.argv.slice(2);

const cluster = createCluster({
  rootNodes: addresses(seeds).map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
});
cluster.on('error', (e) => console.log(`node-redis: ${e.message}`));
await cluster.connect();
const code = await run(
  'node-redis',
  Number(commands),
  (key, value) => cluster.set(key, value),
  (key) => cluster.get(key),
);
cluster.destroy();
process.exit(code);
