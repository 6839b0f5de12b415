// Links and files that were written to do harm, one by one, and a flood of generated ones, through what takes them from
// the system. Nothing of it may connect before a person agrees.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Launches, type LaunchesOptions } from '../../electron/engine/launch/launches.ts';
import type { Launch } from '../../shared/model/launch.ts';
import { FakeClock } from '../fakes/fakeClock.ts';

const SECRET = 'h0stile-s3cret';
const GENERATED = 100_000;

const hostileLinks = [
  'sluice:',
  'sluice://',
  'sluice:///',
  'sluice://north',
  'sluice://north/',
  'sluice://north/-1',
  'sluice://north/101/../102',
  'sluice://north/101%2f..%2f102',
  'sluice://north/101%00',
  'sluice://north/101?view=vnc&view=spice',
  'sluice://north/101?view=VNC',
  'sluice://north/101?view=shell',
  'sluice://north/101?command=reboot',
  `sluice://north/101?password=${SECRET}`,
  `sluice://root:${SECRET}@north/101`,
  'sluice://north:8006/101?insecure=1',
  'sluice://north/101?fingerprint=AA',
  'sluice://north/101#view=vnc',
  'sluice://north/101;rm%20-rf',
  'sluice://north/101 --data-dir=/tmp/x',
  'sluice://north/$(id)',
  'sluice://evil.example/101',
  `sluice://${'a'.repeat(4000)}/101`,
  'SLUICE:javascript:alert(1)',
  'sluice://%zz/101',
  'sluice://\u202enorth/101',
  'sluice://north/١٠١',
];

const vv = (...lines: string[]) => `[virt-viewer]\n${lines.join('\n')}\n`;
const hostileFiles: Readonly<Record<string, string>> = {
  empty: '',
  'no section': 'type=vnc\nhost=h\nport=1\n',
  'another section': '[desktop entry]\nExec=/bin/sh\n',
  'no host': vv('type=vnc', 'port=5900', `password=${SECRET}`),
  'another type': vv('type=ssh', 'host=h', 'port=22'),
  'port 0': vv('type=vnc', 'host=h', 'port=0'),
  'port 65536': vv('type=vnc', 'host=h', 'port=65536'),
  'a port with a sign': vv('type=vnc', 'host=h', 'port=+1'),
  'a host with an option in it': vv('type=vnc', 'host=-oProxyCommand=id', 'port=1'),
  'a host with a blank': vv('type=vnc', 'host=h --via x', 'port=1'),
  'a host with a line break': vv('type=vnc', 'host=h\rport=2', 'port=1'),
  'a host that is a URL': vv('type=spice', 'host=http://h/', 'tls-port=1'),
  'a proxy that is a file': vv('type=spice', 'host=h', 'tls-port=1', 'proxy=file:///etc/passwd'),
  'a proxy with a name and a password': vv('type=spice', 'host=h', 'tls-port=1', `proxy=http://u:${SECRET}@p:3128`),
  'a file of zeros': '\0'.repeat(4096),
  'half of a character': '[virt-viewer]\ntype=vnc\nhost=\ud800\nport=1\n',
  'too long': vv('type=vnc', 'host=h', 'port=1', `title=${'x'.repeat(70_000)}`),
};

let dir: string;
let connections: number;
let lines: string[];
let launches: Launches;

/** Everything that would lead to a connection counts it. */
function createLaunches(): Launches {
  const connect = () => {
    connections += 1;
    throw new Error('connected');
  };
  const cluster = { id: 'c', name: 'north', address: 'north.example:8006' };
  return new Launches({
    clock: new FakeClock(),
    sessions: { describe: () => [cluster], login: connect } as unknown as LaunchesOptions['sessions'],
    viewers: { openFile: connect } as unknown as LaunchesOptions['viewers'],
    endpoints: { add: connect } as unknown as LaunchesOptions['endpoints'],
    log: { write: (...words) => void lines.push(JSON.stringify(words)) },
  });
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-corpus-'));
  connections = 0;
  lines = [];
  launches = createLaunches();
});

afterEach(() => {
  launches.dispose();
  rmSync(dir, { recursive: true });
});

/** What waits for a person after `text` was handed over; nothing waits afterwards. */
async function handOver(text: string): Promise<Launch['what']> {
  await launches.ask(text);
  const [launch, ...more] = launches.list();
  if (!launch || more.length > 0) throw new Error(`${more.length} more wait`);
  launches.dismiss(launch.id);
  return launch.what;
}

function expectRefused(what: Launch['what']): void {
  if (what.kind !== 'refused') throw new Error(`taken as ${JSON.stringify(what)}`);
  expect(what.message).toMatch(/^[A-Z“].*\.$/su);
  expect(what.message + lines.join('\n')).not.toContain(SECRET);
  expect(connections).toBe(0);
}

describe('links and files that were written to do harm', () => {
  it.each(hostileLinks)('the link %s is refused with a sentence', async (link) => {
    expectRefused(await handOver(link));
  });

  it.each(Object.keys(hostileFiles))('a file with %s is refused with a sentence', async (name) => {
    const path = join(dir, 'hostile.vv');
    writeFileSync(path, hostileFiles[name] ?? '');
    expectRefused(await handOver(path));
  });

  it('a path that is a folder, or nothing, is refused with a sentence', async () => {
    expectRefused(await handOver(dir));
    expectRefused(await handOver(join(dir, 'nothing.vv')));
  });

  it(`${GENERATED} generated links connect to nothing and wait as what they are`, async () => {
    const part = fc.oneof(
      fc.constantFrom('north', '101', '/', '?view=', 'vnc', 'spice', 'terminal', '%2f', '..', '@', ':', '&', '#', ' '),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const link = fc.array(part, { maxLength: 6 }).map((parts) => `sluice://${parts.join('')}`);
    const kinds = new Map<string, number>();
    for (const text of fc.sample(link, { numRuns: GENERATED })) {
      const what = await handOver(text);
      kinds.set(what.kind, (kinds.get(what.kind) ?? 0) + 1);
      if (what.kind === 'refused') expect(what.message.length).toBeGreaterThan(10);
      else expect(what).toMatchObject({ kind: 'guest', clusterId: 'c' });
    }
    expect(connections).toBe(0);
    expect(kinds.get('refused')).toBeGreaterThan(GENERATED / 2);
    expect([...kinds.keys()].sort()).toEqual(['guest', 'refused']);
  }, 120_000);
});
