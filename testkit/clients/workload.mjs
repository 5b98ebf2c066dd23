// The workload of both JavaScript clients: SET and GET in turn, 32 at a time, every answer checked.

const WORKERS = 32;
const KEYS = 100; // of each worker
const MOST_SHOWN = 10;

/**
 * @param name of the client, also the prefix of its keys
 * @param set, get functions that answer with a promise
 * @returns the exit code
 */
export async function run(name, commands, set, get) {
  let done = 0;
  let errors = 0;
  const wrong = (what) => {
    if (++errors <= MOST_SHOWN) console.log(`${name}: ${what}`);
  };
  const worker = async (number) => {
    for (let i = 0; i < commands / WORKERS / 2; i++) {
      const key = `${name}:${number}:${i % KEYS}`;
      try {
        const answer = await set(key, `v${i}`);
        if (answer !== 'OK') wrong(`SET ${key}: expected OK, but got ${answer}`);
        const value = await get(key);
        if (value !== `v${i}`) wrong(`GET ${key}: expected v${i}, but got ${value}`);
      } catch (e) {
        wrong(`${key}: ${e.message}`);
      }
      done += 2;
    }
  };
  const start = Date.now();
  await Promise.all(Array.from({ length: WORKERS }, (_, number) => worker(number)));
  const seconds = (Date.now() - start) / 1000;
  console.log(`${name}: ${done} commands in ${seconds.toFixed(1)} s, ${errors} errors`);
  return errors === 0 ? 0 : 1;
}

/** [{host, port}] of host:port,host:port. */
export function addresses(seeds) {
  return seeds.split(',').map((seed) => {
    const colon = seed.lastIndexOf(':');
    return { host: seed.slice(0, colon), port: Number(seed.slice(colon + 1)) };
  });
}
