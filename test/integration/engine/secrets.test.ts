import { afterEach, expect, it } from 'vitest';

import type { ErrorInfo } from '../../../shared/base/errors.ts';
import { EngineBench, failureOf } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const canary = 'Canary-s3cr3t-Passw0rd';

let bench: EngineBench;
afterEach(async () => {
  await bench.close();
});

it('never logs, stores, shows or puts into a URL a password, ticket, CSRF token or code', async () => {
  bench = await EngineBench.start({ password: canary });
  const state = await bench.open();
  const seen: unknown[] = [];
  const failures: ErrorInfo[] = [];
  for (const event of [
    'clusters.changed',
    'inventory.changed',
    'tasks.changed',
    'console.status',
    'meters.changed',
  ] as const) {
    state.page.on(event, (data) => seen.push(data));
  }
  failures.push(await failureOf(bench.login(state.page, { username: 'root@pam', password: `${canary}-wrong` })));
  const challenge = await bench.login(state.page, bench.lab.totp);
  const challengeId = challenge.kind === 'second-factor' ? challenge.challengeId : '';
  failures.push(await failureOf(state.page.call('session.answer', { challengeId, kind: 'totp', code: '987654' })));
  await bench.login(state.page);
  await until(() => state.guests.size > 0);
  const channel = state.console('qemu/100', 'terminal');
  channel.onData((chunk) => channel.consumed(chunk.length));
  channel.onEnd(() => {});
  channel.onClose(() => {});
  channel.start();
  await until(() => state.statuses.get(channel.number)?.steps.at(-1)?.phase === 'open');
  bench.lab.quirks.failAll = { status: 500, reason: `PVE:root@pam:67A1B2C3::AAAA password=${canary}` };
  const power = { clusterId: state.cluster.id, guestId: 'qemu/101', action: 'reboot' as const };
  failures.push(await failureOf(state.page.call('guest.power', power)));
  bench.lab.quirks.failAll = undefined;
  bench.lab.killConnections({ reset: true });
  await until(() => state.cluster.state === 'signed-in');
  const kept = [...bench.documents.texts.values()].join('\n');
  const shown = JSON.stringify([bench.log.lines, kept, seen, failures.slice(0, 2)]);
  for (const secret of secretsOf(bench)) expect(shown).not.toContain(secret);
  for (const { path, query } of bench.lab.requests) {
    const url = `${path}?${query}`;
    expect(url).not.toContain(canary);
    expect(url).not.toContain('PVE:root');
    expect(url).not.toContain('PVE%3Aroot');
  }
});

function secretsOf({ lab }: EngineBench): string[] {
  const cookies = lab.requests.map((request) => request.headers.get('cookie') ?? '').filter((cookie) => cookie !== '');
  const tickets = cookies
    .map((cookie) => cookie.split('=')[1] ?? '')
    .flatMap((ticket) => [ticket, decodeURIComponent(ticket)]);
  const csrf = lab.requests
    .map((request) => request.headers.get('csrfpreventiontoken') ?? '')
    .filter((token) => token !== '');
  const { totp } = lab;
  const all = [canary, totp.password, totp.secret, '987654', ...tickets, ...csrf];
  expect(tickets.length).toBeGreaterThan(0);
  expect(csrf.length).toBeGreaterThan(0);
  return [...new Set(all)];
}
